"""Batches of pictures with a caption that is right and one that is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data.backgrounds import Background
from srgan.data.captions import CaptionedPaths
from srgan.data.picture_batches import PictureBatches
from srgan.data.picture_store import PictureStore
from srgan.data.sampling import step_generator
from srgan.data.stream import BatchStream
from srgan.errors import UsageError

__all__ = ["CaptionBatch", "CaptionBatches", "CaptionReader"]

# Kind of random numbers, apart from those of other batches.
_WORDS = 8

Numbers = NDArray[np.int64]

CaptionReader = Callable[[Sequence[str]], NDArray[Any]]
"""From captions to a row for each: a tokenizer, or a text encoder."""


@dataclass(frozen=True)
class CaptionBatch:
    """Pictures of one step and what is said about them.

    Attributes:
        pictures: ``(B, 3, size, size)`` float32 in [0, 1].
        tokens: ``(B, T)``, one of the captions of each picture, as the reader gives it: int64 tokens of a tokenizer, or
            float32 vectors of a text encoder.
        wrong: ``(B, T)``, a caption of a picture of another concept.
        labels: ``(B,)`` int64, the concept of each.
        numbers: ``(B,)`` int64, the place of each in the store.
    """

    pictures: Tensor
    tokens: Tensor
    wrong: Tensor
    labels: Tensor
    numbers: Tensor


class _Others:
    """Draws pictures of other concepts, all of a pool alike: the whole set, or the group of the asked picture."""

    def __init__(self, concepts: Numbers, pools: Numbers) -> None:
        # Sorted so, the pictures of a pool, and within it those of a concept, are neighbours.
        self._order = np.lexsort((concepts, pools))
        own = np.stack([pools, concepts], axis=1)[self._order]
        ranks = np.empty(len(own), np.int64)
        ranks[self._order] = np.arange(len(own))
        self._pool, self._pool_end = (ends[ranks] for ends in _runs(own[:, :1]))
        self._same, self._same_end = (ends[ranks] for ends in _runs(own))

    @property
    def counts(self) -> Numbers:
        """How many pictures there are to draw from, for each picture."""
        return (self._pool_end - self._pool) - (self._same_end - self._same)

    def draw(self, numbers: Numbers, places: NDArray[np.float64]) -> Numbers:
        """Other pictures for some, by numbers in [0, 1)."""
        place = self._pool[numbers] + (places * self.counts[numbers]).astype(np.int64)
        # Those of the own concept, which are neighbours, are jumped over.
        place += np.where(place >= self._same[numbers], self._same_end[numbers] - self._same[numbers], 0)
        return np.asarray(self._order[np.minimum(place, len(self._order) - 1)])


class CaptionBatches(BatchStream[CaptionBatch]):
    """Endless batches of pictures with captions; the batch of a step depends on its number alone.

    The pictures come as in `PictureBatches`. Each comes with one of its captions, and with a wrong one: a caption of
    any picture of another concept, which half of the time is one of the same group, where the picture has a group
    with other concepts. Of a picture that shares captions with the right one, another is taken, if it has one.

    Args:
        store: pictures.
        captions: what is said about them.
        reader: makes rows of captions; it is asked once, for all.
        size: pictures a batch.
        seed: of the order, the flips, the backgrounds and the captions.
        device: where batches are moved to.
        flip: mirror every second picture, drawn anew each time.
        background: what transparent pixels get, as for `PictureBatches`.
        workers: threads that prepare batches.
        rank: of this process among `processes`, each of which gets every n-th picture of a batch.
        processes: that train together.
        ahead: batches kept ready.

    Attributes:
        texts: all captions, those of a picture one after another.

    Raises:
        UsageError: all pictures are of one concept.
    """

    def __init__(
        self,
        store: PictureStore,
        captions: CaptionedPaths,
        reader: CaptionReader,
        *,
        size: int,
        seed: int,
        device: torch.device,
        flip: bool = False,
        background: Background = "random",
        workers: int = 1,
        rank: int = 0,
        processes: int = 1,
        ahead: int = 4,
    ) -> None:
        super().__init__(workers=workers, ahead=ahead)
        if len(captions.concept_names) < 2:
            raise UsageError(f"all pictures are of one concept, {captions.concept_names[0]!r}: no caption is wrong")
        self._pictures = PictureBatches(
            store, captions.concepts, size=size, seed=seed, device=device, flip=flip, background=background,
            rank=rank, processes=processes,
        )  # fmt: skip
        self._size, self._seed, self._device = size, seed, device
        self._share = slice(rank, None, processes)
        self.texts = [text for texts in captions.captions for text in texts]
        self._tokens = reader(self.texts)
        self._counts = np.array([len(texts) for texts in captions.captions], np.int64)
        self._starts = np.cumsum(self._counts) - self._counts
        # Which texts are right for which picture, each such pair as one number.
        known: dict[str, int] = {}
        self._kinds = np.array([known.setdefault(text, len(known)) for text in self.texts], np.int64)
        self._right = np.sort(self._pairs(np.repeat(np.arange(len(captions)), self._counts), self._kinds))
        self._any = _Others(captions.concepts, np.zeros_like(captions.concepts))
        self._near = _Others(captions.concepts, captions.groups)
        self._has_near = (captions.groups >= 0) & (self._near.counts > 0)

    def captions(self, step: int) -> tuple[Numbers, Numbers]:
        """Places in `texts` of the right and the wrong captions of one step, those of this process."""
        random, numbers = step_generator(self._seed, step, stream=_WORDS), self._pictures.numbers(step)
        own, other, near, which = random.random((4, self._size))
        akin = self._has_near[numbers] & (near < 0.5)
        others = np.where(akin, self._near.draw(numbers, other), self._any.draw(numbers, other))
        wrong = self._not_right(numbers, others, self._one_of(others, which))
        return self._one_of(numbers, own)[self._share], wrong[self._share]

    def _one_of(self, numbers: Numbers, places: NDArray[np.float64]) -> Numbers:
        """A caption of each picture, by numbers in [0, 1)."""
        return np.asarray(self._starts[numbers] + (places * self._counts[numbers]).astype(np.int64))

    def _not_right(self, numbers: Numbers, others: Numbers, wrong: Numbers) -> Numbers:
        """Captions of other pictures, the next one of these where the first is one of the own picture's as well."""
        starts, counts = self._starts[others], self._counts[others]
        for _ in range(self._counts.max() - 1):
            pairs = self._pairs(numbers, self._kinds[wrong])
            right = self._right[np.searchsorted(self._right, pairs) % len(self._right)] == pairs
            wrong = np.where(right, starts + (wrong - starts + 1) % counts, wrong)
        return wrong

    def _pairs(self, numbers: Numbers, kinds: Numbers) -> Numbers:
        return numbers * len(self.texts) + kinds

    def batch(self, step: int) -> CaptionBatch:
        """The batch of one step."""
        shown = self._pictures.batch(step)
        right, wrong = (torch.from_numpy(self._tokens[places]).to(self._device) for places in self.captions(step))
        return CaptionBatch(shown.pictures, right, wrong, shown.labels, shown.numbers)


def _runs(rows: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """For each row, where the run of equal rows that it is in begins, and where it ends."""
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    starts = np.concatenate([[0], changes])
    lengths = np.diff(np.concatenate([starts, [len(rows)]]))
    return np.repeat(starts, lengths), np.repeat(starts + lengths, lengths)
