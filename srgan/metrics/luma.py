"""What the super-resolution literature measures on: luma of BT.601 in studio range, without a border."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["luma", "without_border"]


def luma(image: NDArray[np.generic]) -> NDArray[np.float64]:
    """BT.601 luma of an 8-bit RGB picture, 16 to 235, not rounded (MATLAB's ``rgb2ycbcr``).

    Args:
        image: ``(H, W, 3)`` RGB or ``(H, W)`` grey with values of 0 to 255.
    """
    values = np.asarray(image, np.float64)
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 3, axis=2)
    return np.asarray(values @ np.array([65.481, 128.553, 24.966]) / 255.0 + 16.0)


def without_border(image: NDArray[np.generic], border: int) -> NDArray[np.generic]:
    """Cut `border` pixels off all four sides.

    Raises:
        ValueError: nothing would be left.
    """
    if min(image.shape[:2]) <= 2 * border:
        raise ValueError(f"a picture of {image.shape[1]}x{image.shape[0]} has nothing inside a border of {border}")
    return image[border : image.shape[0] - border, border : image.shape[1] - border]
