"""Computing with large pictures a few rows at a time, so that floats exist only for these."""

from collections.abc import Iterator

import numpy as np

from srgan.files import release
from srgan.runtime.pixels import Empty, Pixels, full_scale

__all__ = ["Average", "blend", "rounded", "strips"]

_BYTES = 8 * 1024 * 1024


def strips(image: Pixels) -> Iterator[slice]:
    """The rows of a picture, from top to bottom, in slices of a few megabytes as float32."""
    rows = max(1, _BYTES // (4 * image[0].size))
    for start in range(0, image.shape[0], rows):
        yield slice(start, start + rows)


def rounded(values: Pixels, kind: np.dtype[np.generic]) -> Pixels:
    """Levels as float32 (0 to 255, 0 to 65535, or 0 to 1), clipped and rounded half to even, as `kind`."""
    values = np.clip(values, 0, full_scale(kind))
    return values.astype(kind) if kind.kind == "f" else np.rint(values).astype(kind)


def blend(first: Pixels, second: Pixels, share: float, empty: Empty) -> Pixels:
    """``share * first + (1 - share) * second`` of two pictures of one shape and type."""
    result = empty(first.shape, first.dtype)
    for rows in strips(first):
        mixed = np.float32(share) * first[rows] + np.float32(1 - share) * second[rows].astype(np.float32)
        result[rows] = rounded(mixed, first.dtype)
        for array in (first, second, result):
            release(array)
    return result


class Average:
    """The mean of pictures of one shape and type that come one after the other; only their sum is kept."""

    def __init__(self, shape: tuple[int, ...], kind: np.dtype[np.generic], empty: Empty) -> None:
        """Start with nothing.

        Args:
            shape: of the pictures.
            kind: of the pictures: uint8, uint16 or float32.
            empty: makes the arrays for the sum and for the result.
        """
        wider = {"u1": "u2", "u2": "u4"}.get(kind.str[1:], "f4")
        self._kind, self._empty, self._count = kind, empty, 0
        self._sum = empty(shape, np.dtype(wider))
        for rows in strips(self._sum):
            self._sum[rows] = 0

    def add(self, picture: Pixels) -> None:
        """Count one in; at most 256 of them."""
        self._count += 1
        for rows in strips(self._sum):
            self._sum[rows] += picture[rows]
            release(self._sum)
            release(picture)

    def result(self) -> Pixels:
        """The mean, rounded half to even."""
        mean = self._empty(self._sum.shape, self._kind)
        for rows in strips(self._sum):
            mean[rows] = rounded(self._sum[rows] / np.float64(self._count), self._kind)
            release(self._sum)
            release(mean)
        return mean
