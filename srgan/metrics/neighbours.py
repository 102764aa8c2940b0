"""The most similar pictures of a gallery: whether a network knows more than its training pictures."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Neighbours", "nearest_neighbours"]

_CHUNK = 512


class Neighbours(NamedTuple):
    """For each picture, the place of the nearest of the gallery and its PSNR in dB (infinite for equal ones)."""

    places: NDArray[np.int64]
    psnr: NDArray[np.float64]


def nearest_neighbours(pictures: NDArray[np.uint8], gallery: NDArray[np.uint8]) -> Neighbours:
    """Find the picture of a gallery with the highest PSNR for each of `pictures`; the first of equal ones.

    Args:
        pictures: ``(N, H, W, C)``.
        gallery: ``(M, H, W, C)``, at least one.

    Raises:
        ValueError: the pictures differ in size, or the gallery is empty.
    """
    if pictures.shape[1:] != gallery.shape[1:] or not len(gallery):
        raise ValueError(f"pictures {pictures.shape} have no neighbours in a gallery {gallery.shape}")
    asked = pictures.reshape(len(pictures), -1).astype(np.float64)
    places, errors = np.zeros(len(asked), np.int64), np.full(len(asked), np.inf)
    for start in range(0, len(gallery), _CHUNK):
        # Whole numbers below 2^53: the expansion of the square is exact.
        chunk = gallery[start : start + _CHUNK].reshape(-1, asked.shape[1]).astype(np.float64)
        sums = (chunk**2).sum(axis=1) - 2.0 * asked @ chunk.T
        best = sums.argmin(axis=1)
        found = np.take_along_axis(sums, best[:, None], axis=1)[:, 0]
        better = found < errors
        places[better], errors[better] = start + best[better], found[better]
    mean = (errors + (asked**2).sum(axis=1)) / asked.shape[1]
    with np.errstate(divide="ignore"):
        return Neighbours(places, 10.0 * np.log10(255.0**2 / mean))
