"""Batches of crops, prepared by threads while the network works."""

import threading
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data.augmentation import PairAugmentation
from srgan.data.degradations import Degradation
from srgan.data.sampling import Crop, CropSampler, step_generator
from srgan.data.store import PairStore
from srgan.data.stream import BatchStream

__all__ = ["Batch", "Batches"]

Pixels = NDArray[np.uint8]

# JPEG's blocks; crops lie at any place of their grid, as they do in pictures that were compressed as a whole.
_GRID = 8
_NOTHING: Pixels = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True)
class Batch:
    """Pairs of one step: `low` ``(B, 3, h, w)`` and `high` ``(B, 3, h * scale, w * scale)``, float32 in [0, 1]."""

    low: Tensor
    high: Tensor


class Batches(BatchStream[Batch]):
    """Endless batches of crops; the batch of a step depends on its number alone.

    Args:
        store: pictures.
        sampler: where to cut.
        size: pairs a batch.
        patch: side of an LR crop in pixels.
        augment: flips and rotations.
        seed: of the flips and the degradation.
        device: where batches are moved to.
        degradation: makes the small crops of the full ones; None cuts both out of the store.
        workers: threads that prepare batches; a batch is the same, whichever thread made it.
        rank: of this process among `processes`, each of which gets every n-th pair of a batch.
        processes: that train together.
        ahead: batches kept ready.
    """

    def __init__(
        self,
        store: PairStore,
        sampler: CropSampler,
        *,
        size: int,
        patch: int,
        augment: bool,
        seed: int,
        device: torch.device,
        degradation: Degradation | None = None,
        workers: int = 1,
        rank: int = 0,
        processes: int = 1,
        ahead: int = 4,
    ) -> None:
        super().__init__(workers=workers, ahead=ahead)
        self._store, self._sampler, self._size, self._patch = store, sampler, size, patch
        self._augment, self._own = augment, threading.local()
        self._degradation = degradation
        self._seed, self._device = seed, device
        self._rank, self._processes = rank, processes

    def arrays(self, step: int) -> tuple[Pixels, Pixels]:
        """The crops of one step as ``(B, h, w, 3)`` uint8 arrays."""
        turn = self._augmentation(step) if self._augment else None
        lows, highs = [], []
        for index, crop in enumerate(self._sampler.draw(step, self._size)):
            if index % self._processes != self._rank:
                if turn is not None:
                    turn(_NOTHING, _NOTHING)  # its random numbers are used up, as they are where it is cut
                continue
            high = self._cut_high(crop)
            if self._degradation is None:
                low = self._cut_low(crop)
            else:
                random = step_generator(self._seed, step, stream=2, part=index)
                low = self._degrade(crop, self._degradation, random)
            if turn is not None:
                low, high = turn(low, high)
            lows.append(low)
            highs.append(high)
        return np.stack(lows), np.stack(highs)

    def _augmentation(self, step: int) -> PairAugmentation:
        """This thread's flips and rotations, at the start of the step's sequence."""
        if not hasattr(self._own, "augmentation"):
            self._own.augmentation = PairAugmentation()
        augmentation: PairAugmentation = self._own.augmentation
        augmentation.seed(int(step_generator(self._seed, step, stream=1).integers(2**31)))
        return augmentation

    def _cut_low(self, crop: Crop) -> Pixels:
        return self._store.low[crop.picture][_window(crop.top, self._patch), _window(crop.left, self._patch)]

    def _cut_high(self, crop: Crop) -> Pixels:
        scale, side = self._store.scale, self._patch * self._store.scale
        return self._store.high[crop.picture][_window(crop.top * scale, side), _window(crop.left * scale, side)]

    def _degrade(self, crop: Crop, degradation: Degradation, random: np.random.Generator) -> Pixels:
        """The small crop out of a degraded window around it, so that its border is like its inside."""
        scale, picture = self._store.scale, self._store.high[crop.picture]
        before = degradation.margin + random.integers(_GRID, size=2)
        side = self._patch + 2 * degradation.margin + _GRID - 1
        rows = _mirrored((crop.top - int(before[0])) * scale, side * scale, picture.shape[0])
        columns = _mirrored((crop.left - int(before[1])) * scale, side * scale, picture.shape[1])
        window = torch.from_numpy(picture[np.ix_(rows, columns)]).permute(2, 0, 1)[None].float() / 255
        small = degradation(window, scale=scale, random=random)[0].mul(255).round().byte().permute(1, 2, 0).numpy()
        return np.asarray(small[_window(int(before[0]), self._patch), _window(int(before[1]), self._patch)])

    def batch(self, step: int) -> Batch:
        """The batch of one step."""
        low, high = (torch.from_numpy(array).to(self._device) for array in self.arrays(step))
        # The permuted view of an (B, h, w, 3) array is channels_last already.
        return Batch(low.permute(0, 3, 1, 2).float() / 255, high.permute(0, 3, 1, 2).float() / 255)


def _window(start: int, length: int) -> slice:
    return slice(start, start + length)


def _mirrored(start: int, length: int, size: int) -> NDArray[np.intp]:
    """Indices from `start` on, which may lie outside of 0 to `size`: ... 1 0 | 0 1 2 ..."""
    place = np.arange(start, start + length) % (2 * size)
    return np.minimum(place, 2 * size - 1 - place)
