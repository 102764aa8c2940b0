"""Reading many pictures with their transparency, at the size that a training wants."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.images import imresize, read

__all__ = ["each_of", "read_rgba", "scaled"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Samples = NDArray[np.uint8 | np.uint16]

_SHOWN = 10


def read_rgba(path: Path) -> Samples:
    """A picture as ``(H, W, 4)``, sRGB with straight alpha, 8 or 16 bits as in the file.

    Raises:
        PictureError: it cannot be read; the message names the file.
    """
    try:
        picture = read(path)
    except PictureError as error:
        raise PictureError(error.code, f"{path}: {error.message}") from error
    pixels = np.empty((picture.height, picture.width, 4), picture.rgb.dtype)
    pixels[..., :3] = picture.rgb
    pixels[..., 3] = np.iinfo(picture.rgb.dtype).max if picture.alpha is None else picture.alpha
    return pixels


def scaled(pixels: Samples, shorter: int | None) -> NDArray[np.uint8]:
    """A picture with the shorter side of another length and the same shape, 8 bits; transparent pixels are black.

    Resizing is antialiased bicubic of colours times alpha, so that what lies under transparent pixels is not seen and
    edges keep the colour of what they are the edge of.

    Args:
        pixels: ``(H, W, 4)`` with straight alpha.
        shorter: length of the shorter side; None: as it is.
    """
    height, width = pixels.shape[:2]
    if shorter is not None:
        factor = shorter / min(height, width)
        height, width = (max(shorter, round(side * factor)) for side in (height, width))
    same = (height, width) == pixels.shape[:2]
    if same and pixels.dtype == np.uint8:  # what the rest comes to, a hundred times as fast
        return np.where(pixels[..., 3:] > 0, pixels, 0).astype(np.uint8, copy=False)
    both = pixels / np.float64(np.iinfo(pixels.dtype).max)
    both[..., :3] *= both[..., 3:]
    if not same:
        both = imresize(both, size=(height, width))
    # Bicubic overshoots at edges; the colour is the quotient before anything is clipped, so that flat ones stay flat.
    visible = both[..., 3:] > 0.5 / 255
    both[..., :3] /= np.where(visible, both[..., 3:], 1.0)
    return np.asarray((np.where(visible, both, 0.0).clip(0, 1) * 255 + 0.5).astype(np.uint8))


def each_of(items: Sequence[Item], work: Callable[[Item], Result], *, key: str) -> list[Result]:
    """What `work` makes of each picture, in order, by a few threads.

    Args:
        items: what `work` is called with.
        work: may raise PictureError, with a message that names the file.
        key: run-file section for messages.

    Raises:
        UsageError: all failures in one message.
    """

    def attempt(item: Item) -> Result | PictureError:
        try:
            return work(item)
        except PictureError as error:
            return error

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        done = list(pool.map(attempt, items))
    results = [result for result in done if not isinstance(result, PictureError)]
    failures = [result.message for result in done if isinstance(result, PictureError)]
    if failures:
        shown = "\n  ".join(failures[:_SHOWN])
        raise UsageError(f"{key}: {len(failures)} pictures cannot be used:\n  {shown}")
    return results
