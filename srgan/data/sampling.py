"""Where training crops are cut: reproducible from the step number alone, more often where there is texture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.data.store import PairStore

__all__ = ["Crop", "CropSampler", "step_generator"]

_STRIDE = 8
_FLOOR, _CAP = 0.1, 3.0


@dataclass(frozen=True)
class Crop:
    """A place in the store, in LR pixels."""

    picture: int
    top: int
    left: int


def step_generator(seed: int, step: int, stream: int = 0, part: int = 0) -> np.random.Generator:
    """Random numbers that belong to one step (and one part of it), so that resuming needs nothing but their number."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, part, stream, step]))


class CropSampler:
    """Draws crops of `patch` x `patch` LR pixels.

    Args:
        store: the pictures.
        patch: side of a crop, LR pixels.
        texture: 0 draws all places alike; 1 draws a place in proportion to its mean gradient (limited to 0.1 and 3
            times the median), so that wide skies do not fill the batches; powers in between and above.
        seed: first part of the random key.
    """

    def __init__(self, store: PairStore, *, patch: int, texture: float = 1.0, seed: int = 0) -> None:
        self._sizes = store.sizes
        self._patch = patch
        self._seed = seed
        # Without small pictures, the means of the full ones' blocks tell the texture as well.
        grids = [_texture_grid(low, patch) for low in store.low or (_means(high, store.scale) for high in store.high)]
        self._columns = [grid.shape[1] for grid in grids]
        self._starts = np.cumsum([0] + [grid.size for grid in grids])
        weights = np.concatenate([grid.ravel() for grid in grids])
        median = float(np.median(weights)) or 1.0
        self._cumulative = np.cumsum(np.clip(weights / median, _FLOOR, _CAP) ** texture)

    def draw(self, step: int, count: int) -> list[Crop]:
        """The crops of one step; the same step gives the same crops."""
        random = step_generator(self._seed, step)
        cells = np.searchsorted(self._cumulative, random.random(count) * self._cumulative[-1], side="right")
        jitter = random.integers(0, _STRIDE, (count, 2))
        crops = []
        for cell, (down, right) in zip(cells, jitter, strict=True):
            picture = int(np.searchsorted(self._starts, cell, side="right")) - 1
            row, column = divmod(int(cell - self._starts[picture]), self._columns[picture])
            height, width = self._sizes[picture]
            top = min(row * _STRIDE + int(down), height - self._patch)
            left = min(column * _STRIDE + int(right), width - self._patch)
            crops.append(Crop(picture, top, left))
        return crops


def _means(high: NDArray[np.uint8], scale: int) -> NDArray[np.float32]:
    height, width = high.shape[0] // scale, high.shape[1] // scale
    return np.asarray(high.reshape(height, scale, width, scale, 3).mean(axis=(1, 3), dtype=np.float32))


def _texture_grid(low: NDArray[np.uint8] | NDArray[np.float32], patch: int) -> NDArray[np.float64]:
    """Mean absolute gradient of the luma of the patches that start at every 8th row and column."""
    luma = low.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    gradient = np.abs(np.diff(luma, axis=0, append=luma[-1:])) + np.abs(np.diff(luma, axis=1, append=luma[:, -1:]))
    integral = np.zeros((low.shape[0] + 1, low.shape[1] + 1), np.float64)
    integral[1:, 1:] = gradient.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    tops = np.arange(0, low.shape[0] - patch + 1, _STRIDE)[:, None]
    lefts = np.arange(0, low.shape[1] - patch + 1, _STRIDE)[None, :]
    bottoms, rights = tops + patch, lefts + patch
    total = integral[bottoms, rights] - integral[tops, rights] - integral[bottoms, lefts] + integral[tops, lefts]
    return np.asarray(total / patch**2)
