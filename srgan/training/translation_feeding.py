"""The pictures of a run of translation and the batches of its stages."""

import functools

import torch

from srgan.data import (
    Motion,
    TranslationBatches,
    TranslationStore,
    load_translation,
    load_unpaired,
    translation_hash,
    unpaired_hash,
)
from srgan.networks import Generator
from srgan.training.feeding import Feeding
from srgan.training.fitting import check_crops
from srgan.training.monitor import say
from srgan.training.processes import Processes
from srgan.training.sections import StageSection
from srgan.training.translation_run import PairedTranslationRun, TranslationRun
from srgan.training.translation_sections import listed_domains, listed_pairs

__all__ = ["TranslationFeeding"]


class TranslationFeeding(Feeding):
    """Crops of pictures of two kinds.

    Args:
        run: the checked run.
        generator: the network that the crops are for.
        processes: each gets its share of every batch.
        device: where batches go.

    Raises:
        UsageError: folders or pictures cannot be used, crops do not suit the networks, or a batch cannot be shared.
    """

    def __init__(self, run: TranslationRun, generator: Generator, processes: Processes, device: torch.device) -> None:
        check_crops(run, generator, run.generator["kind"])
        super().__init__(run, processes)
        self._run, self._processes, self._device = run, processes, device
        self._paired = isinstance(run, PairedTranslationRun)
        if self._paired:
            self._pairs = listed_pairs(run.data, key="data")
        else:
            self._domains = listed_domains(run.data, key="data")
        self._store: TranslationStore | None = None

    @property
    def count(self) -> int:
        """Pairs, or source pictures."""
        return len(self._pairs) if self._paired else len(self._domains[0])

    @functools.cached_property
    def digest(self) -> str:
        """A sha256 that stands for the pictures."""
        return translation_hash(self._pairs) if self._paired else unpaired_hash(*self._domains)

    def read(self, *, first: bool = False) -> TranslationStore:
        """The pictures, or the first ones alone."""
        data = self._run.data
        if self._paired:
            pairs = self._pairs[:1] if first else self._pairs
            return load_translation(pairs, load=data.load, smallest=data.size, key="data")
        sources, targets = ([*paths[:1]] if first else paths for paths in self._domains)
        return load_unpaired(sources, targets, load=data.load, smallest=data.size, key="data")

    def batches(self, stage: StageSection, patch: int) -> TranslationBatches:
        """The batches of a stage with crops of `patch` pixels."""
        data = self._run.data
        if self._store is None:
            say(f"reading {self.count} {'pairs' if self._paired else 'pictures, and what they should look like'}")
            self._store = self.read()
        return TranslationBatches(
            self._store,
            size=stage.train.batch,
            side=patch,
            seed=self._run.seed,
            device=self._device,
            paired=self._paired,
            flip=data.flip,
            motion=Motion(rotate=data.rotate, zoom=data.zoom, shift=data.shift),
            background=data.background,
            workers=stage.data.workers,
            rank=self._processes.rank,
            processes=self._processes.count,
        )
