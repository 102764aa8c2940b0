"""What the arrays of this package hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Empty", "Pixels", "check_pixels", "full_scale", "to_levels", "to_planes"]

Pixels = NDArray[Any]
"""A picture, a grey picture or an alpha plane of uint8, uint16, or float32 in [0, 1]."""

Empty = Callable[[tuple[int, ...], np.dtype[Any]], Pixels]
"""Makes an array of a shape and type with undefined content."""


def check_pixels(image: Pixels) -> None:
    """Refuse an array that is no picture.

    Raises:
        ValueError: it is of another shape or type.
    """
    colour = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))
    if not colour or 0 in image.shape or image.dtype not in (np.uint8, np.uint16, np.float32):
        raise ValueError(
            "a picture must be (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or float32, "
            f"and is {image.shape} of {image.dtype}"
        )


def full_scale(kind: np.dtype[Any]) -> int:
    """The value that means 1.0: 255, 65535, or 1 for floats."""
    return int(np.iinfo(kind).max) if kind.kind == "u" else 1


def to_planes(pixels: Pixels) -> NDArray[np.float32]:
    """What a network sees of pictures ``(N, H, W, 3)``: ``(N, 3, H, W)`` float32 in [0, 1]."""
    values = pixels.astype(np.float32) / np.float32(full_scale(pixels.dtype))
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def to_levels(planes: NDArray[np.float32], kind: np.dtype[Any]) -> Pixels:
    """Pictures ``(N, H, W, C)`` of a network's result ``(N, C, H, W)``: clipped, rounded half to even, as `kind`."""
    values = np.clip(planes.transpose(0, 2, 3, 1), 0, 1)
    full = full_scale(kind)
    return values.astype(kind) if full == 1 else np.rint(values * np.float32(full)).astype(kind)
