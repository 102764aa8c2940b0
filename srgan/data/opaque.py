"""Pictures without transparency."""

import numpy as np
from numpy.typing import NDArray

from srgan.images import Picture

__all__ = ["on_white"]


def on_white(picture: Picture) -> NDArray[np.uint8 | np.uint16]:
    """The colours ``(H, W, 3)`` of a picture, of its own type, with white where it is transparent."""
    if picture.alpha is None:
        return picture.rgb
    top = np.iinfo(picture.rgb.dtype).max
    alpha = picture.alpha[..., None] / top
    return np.asarray(np.rint(picture.rgb * alpha + top * (1 - alpha)), picture.rgb.dtype)
