"""Whole pictures of one size as one uint8 array, with their transparency."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.scaling import each_of, read_rgba, scaled

__all__ = ["PictureStore", "load_pictures"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class PictureStore:
    """Pictures of one size: `pixels` is ``(N, size, size, 4)``, sRGB with straight alpha.

    Pixels that are wholly transparent are black.
    """

    pixels: Pixels

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Side of the pictures."""
        return int(self.pixels.shape[1])


def load_pictures(paths: list[Path], *, size: int, key: str = "data") -> PictureStore:
    """Read pictures, bring the shorter side of each to `size` pixels and cut out the centre.

    Args:
        paths: files of any readable format.
        size: side of the result.
        key: run-file section for messages.

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    pixels = np.empty((len(paths), size, size, 4), np.uint8)

    def one(place: int) -> None:
        picture = scaled(read_rgba(paths[place]), size)
        top, left = (picture.shape[0] - size) // 2, (picture.shape[1] - size) // 2
        pixels[place] = picture[top : top + size, left : left + size]

    each_of(range(len(paths)), one, key=key)
    return PictureStore(pixels)
