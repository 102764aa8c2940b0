"""The captioned pictures of a run and the batches of its stages."""

import functools
import hashlib

import torch

from srgan.data import CaptionBatches, CaptionReader, PictureStore, load_pictures
from srgan.training.caption_sections import CaptionsSection, listed_captions
from srgan.training.feeding import Feeding
from srgan.training.monitor import say
from srgan.training.processes import Processes
from srgan.training.run import Run
from srgan.training.sections import StageSection

__all__ = ["CaptionFeeding"]


class CaptionFeeding(Feeding):
    """Whole pictures of one size, and what is said about them.

    Args:
        run: the checked run, whose ``data`` are captioned pictures.
        reader: makes of captions what batches hold.
        reader_hash: stands for it, where it was trained; what was learnt from its rows goes with no other.
        processes: each gets its share of every batch.
        device: where batches go.

    Raises:
        UsageError: captions or pictures cannot be used, or a batch cannot be shared evenly.
    """

    def __init__(
        self, run: Run, reader: CaptionReader, processes: Processes, device: torch.device, *, reader_hash: str = ""
    ) -> None:
        super().__init__(run, processes)
        assert isinstance(run.data, CaptionsSection)
        self._seed, self._data, self._reader = run.seed, run.data, reader
        self._processes, self._device, self._reader_hash = processes, device, reader_hash
        self.found = listed_captions(run.data, key="data")
        self._store: PictureStore | None = None

    @functools.cached_property
    def digest(self) -> str:
        """A sha256 that stands for pictures and captions."""
        found = self.found.digest()
        return hashlib.sha256((found + self._reader_hash).encode()).hexdigest() if self._reader_hash else found

    def batches(self, stage: StageSection, patch: int) -> CaptionBatches:
        """The batches of a stage; the pictures have the run's size."""
        data = self._data
        if self._store is None:
            say(f"reading {len(self.found)} pictures")
            self._store = load_pictures(self.found.paths, size=data.size)
        return CaptionBatches(
            self._store,
            self.found,
            self._reader,
            size=stage.train.batch,
            seed=self._seed,
            device=self._device,
            flip=data.flip,
            background=data.background,
            workers=stage.data.workers,
            rank=self._processes.rank,
            processes=self._processes.count,
        )
