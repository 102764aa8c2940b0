"""The pairs of a run of super-resolution and the batches of its stages."""

import functools
from typing import cast

import torch

from srgan.config import expand
from srgan.data import Batches, CropSampler, PairStore, data_hash, load_pairs
from srgan.data.degradations import make_degradation
from srgan.networks import Generator
from srgan.training.feeding import Feeding
from srgan.training.fitting import check_crops
from srgan.training.monitor import say
from srgan.training.parts import find_pairs
from srgan.training.processes import Processes
from srgan.training.sections import DataSection, StageSection
from srgan.training.super_resolution_run import SuperResolutionRun

__all__ = ["PairFeeding"]


class PairFeeding(Feeding):
    """Crops of pairs.

    Args:
        run: the checked run.
        generator: the network that the crops are for.
        processes: each gets its share of every batch.
        device: where batches go.

    Raises:
        UsageError: folders or pairs cannot be used, crops do not suit the networks, or a batch cannot be shared evenly.
    """

    def __init__(
        self, run: SuperResolutionRun, generator: Generator, processes: Processes, device: torch.device
    ) -> None:
        check_crops(run, generator, run.generator["kind"])
        super().__init__(run, processes)
        self._run, self._scale, self._processes, self._device = run, generator.scale, processes, device
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
            tables = [cast("DataSection", stage.data) for stage in run.stages]
            sides = [growth.patch for table in tables for growth in table.progressive]
            self._store = load_pairs(
                self._paths,
                self._scale,
                smallest=max([*sides, *(table.patch for table in tables)]),
                high_only=all(table.degradation is not None for table in tables),
                cache=cache,
                key=self.digest,
            )
        return self._store

    def batches(self, stage: StageSection, patch: int) -> Batches:
        """The batches of a stage with crops of `patch` LR pixels."""
        store, data = self._read(), cast("DataSection", stage.data)
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
