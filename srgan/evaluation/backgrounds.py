"""Pictures as they are compared: opaque."""

import numpy as np
from numpy.typing import NDArray

from srgan.runtime.translation import lay_on

__all__ = ["on_background"]


def on_background(picture: NDArray[np.uint8], colour: str) -> NDArray[np.uint8]:
    """A picture on a plain colour.

    Args:
        picture: ``(H, W, 4)`` with straight alpha, or ``(H, W, 3)``, which stays as it is.
        colour: ``"#rrggbb"``.

    Returns:
        ``(H, W, 3)``.
    """
    if picture.shape[2] == 3:
        return picture
    return np.asarray(lay_on(picture[..., :3], picture[..., 3], colour), np.uint8)
