"""Pictures and Pillow images at the edge of the one-call functions."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from srgan.images import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["to_array", "upright"]


def to_array(picture: Picture) -> NDArray[Any]:
    """A picture as ``(H, W, 3)`` or ``(H, W, 4)``, or as ``(H, W)`` when it is grey without transparency."""
    if picture.alpha is not None:
        return np.dstack([picture.rgb, picture.alpha])
    return np.ascontiguousarray(picture.rgb[..., 0]) if picture.grey else np.asarray(picture.rgb)


def upright(image: "Image") -> "Image":
    """A Pillow image turned as its EXIF orientation says."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)
