"""The pictures of a run of generation and the batches of its stages."""

import functools

import torch

from srgan.data import PictureBatches, PictureStore, load_pictures
from srgan.training.feeding import Feeding
from srgan.training.generation_run import GenerationRun
from srgan.training.monitor import say
from srgan.training.picture_sections import listed_pictures
from srgan.training.processes import Processes
from srgan.training.sections import StageSection

__all__ = ["PictureFeeding"]


class PictureFeeding(Feeding):
    """Whole pictures of one size.

    Args:
        run: the checked run.
        processes: each gets its share of every batch.
        device: where batches go.

    Raises:
        UsageError: folders cannot be used, or a batch cannot be shared evenly.
    """

    def __init__(self, run: GenerationRun, processes: Processes, device: torch.device) -> None:
        super().__init__(run, processes)
        self._run, self._processes, self._device = run, processes, device
        self.found = listed_pictures(run.data, classes=run.data.classes, key="data")
        self._store: PictureStore | None = None

    @functools.cached_property
    def digest(self) -> str:
        """A sha256 that stands for the pictures."""
        return self.found.digest()

    def batches(self, stage: StageSection, patch: int) -> PictureBatches:
        """The batches of a stage; the pictures have the run's size."""
        data = self._run.data
        if self._store is None:
            say(f"reading {len(self.found.paths)} pictures")
            self._store = load_pictures(self.found.paths, size=data.size)
        return PictureBatches(
            self._store,
            self.found.labels,
            size=stage.train.batch,
            seed=self._run.seed,
            device=self._device,
            flip=data.flip,
            background=data.background,
            workers=stage.data.workers,
            rank=self._processes.rank,
            processes=self._processes.count,
        )
