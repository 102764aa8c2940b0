"""The pictures of a run and the batches of its stages."""

import functools

import torch

from srgan.config import expand
from srgan.data import Batches, CropSampler, PairStore, data_hash, load_pairs
from srgan.data.degradations import make_degradation
from srgan.errors import UsageError
from srgan.networks import Generator
from srgan.training.fitting import check_crops
from srgan.training.monitor import say
from srgan.training.parts import find_pairs
from srgan.training.processes import Processes
from srgan.training.run import Run
from srgan.training.sections import StageSection

__all__ = ["Feeding"]

# The batches of a stage are numbered from here times its place, so that no two stages share random numbers.
_STRIDE = 2**40


class Feeding:
    """Finds the pairs at once, reads them when the first batch is asked for, and keeps them for all stages.

    Args:
        run: the checked run.
        generator: the network that the crops are for.
        processes: each gets its share of every batch.
        device: where batches go.

    Raises:
        UsageError: folders or pairs cannot be used, crops do not suit the networks, or a batch cannot be shared evenly.
    """

    def __init__(self, run: Run, generator: Generator, processes: Processes, device: torch.device) -> None:
        self._run, self._scale, self._processes, self._device = run, generator.scale, processes, device
        check_crops(run.stages, generator, run.generator["kind"])
        for stage in run.stages:
            share = processes.count * stage.train.accumulate
            if stage.train.batch % share:
                raise UsageError(
                    f"train.batch is {stage.train.batch}, which {processes.count} processes with train.accumulate = "
                    f"{stage.train.accumulate} cannot share evenly; use a multiple of {share}"
                )
        self._paths = find_pairs(run.data.high, run.data.low, scale=self._scale, key="data")
        self._store: PairStore | None = None

    @functools.cached_property
    def digest(self) -> str:
        """A sha256 that stands for the pictures."""
        return data_hash(self._paths)

    def _read(self) -> PairStore:
        if self._store is None:
            run = self._run
            say(f"reading {len(self._paths)} pictures from {run.data.high}")
            cache = None if run.data.cache is None else expand(run.data.cache, key="data.cache")
            sides = [growth.patch for stage in run.stages for growth in stage.data.progressive]
            self._store = load_pairs(
                self._paths,
                self._scale,
                smallest=max([*sides, *(stage.data.patch for stage in run.stages)]),
                high_only=all(stage.data.degradation is not None for stage in run.stages),
                cache=cache,
                key=self.digest,
            )
        return self._store

    def batches(self, stage: StageSection, patch: int) -> Batches:
        """The batches of a stage with crops of `patch` LR pixels."""
        store, data = self._read(), stage.data
        return Batches(
            store,
            CropSampler(store, patch=patch, texture=data.texture, seed=self._run.seed),
            size=stage.train.batch,
            patch=patch,
            augment=data.augment,
            seed=self._run.seed,
            device=self._device,
            degradation=None if data.degradation is None else make_degradation(data.degradation),
            workers=data.workers,
            rank=self._processes.rank,
            processes=self._processes.count,
        )

    @staticmethod
    def position(stage: int, drawn: int) -> int:
        """The number of the batch that comes after `drawn` batches of a stage."""
        return stage * _STRIDE + drawn
