"""Whole pictures of one size as one uint8 array, with their transparency."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.images import Picture, imresize, read

__all__ = ["PictureStore", "load_pictures"]

Pixels = NDArray[np.uint8]
_SHOWN = 10


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

    Resizing is antialiased bicubic of colours times alpha, so that what lies under transparent pixels is not seen and
    edges keep the colour of what they are the edge of.

    Args:
        paths: files of any readable format.
        size: side of the result.
        key: run-file section for messages.

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    pixels = np.empty((len(paths), size, size, 4), np.uint8)
    failures: list[str] = []

    def one(place: int) -> None:
        try:
            pixels[place] = _square(read(paths[place]), size)
        except PictureError as error:
            failures.append(f"{paths[place]}: {error.message}")

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(one, range(len(paths))))
    if failures:
        shown = "\n  ".join(sorted(failures)[:_SHOWN])
        raise UsageError(f"{key}: {len(failures)} pictures cannot be used:\n  {shown}")
    return PictureStore(pixels)


def _square(picture: Picture, size: int) -> Pixels:
    """The centre of a picture at another size, ``(size, size, 4)``."""
    peak = np.iinfo(picture.rgb.dtype).max
    alpha = np.full(picture.rgb.shape[:2], peak, picture.rgb.dtype) if picture.alpha is None else picture.alpha
    scaled = np.concatenate([picture.rgb, alpha[..., None]], axis=2).astype(np.float64) / peak
    scaled[..., :3] *= scaled[..., 3:]
    factor = size / min(picture.height, picture.width)
    height, width = (max(size, round(side * factor)) for side in (picture.height, picture.width))
    if (height, width) != scaled.shape[:2]:
        scaled = imresize(scaled, size=(height, width))
    top, left = (height - size) // 2, (width - size) // 2
    square = scaled[top : top + size, left : left + size]
    # Bicubic overshoots at edges; the colour is the quotient before anything is clipped, so that flat ones stay flat.
    visible = square[..., 3:] > 0.5 / 255
    colours = np.where(visible, square[..., :3] / np.where(visible, square[..., 3:], 1.0), 0.0)
    both = np.concatenate([colours, np.where(visible, square[..., 3:], 0.0)], axis=2)
    return np.asarray((both.clip(0, 1) * 255 + 0.5).astype(np.uint8))
