"""CIELAB, in which equal steps look about equally large."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["cielab", "from_cielab"]

# sRGB's primaries and white D65 (IEC 61966-2-1); white is the sum of a row, so that white pixels have a = b = 0.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_EDGE = 6 / 29


def cielab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """CIELAB (CIE 1976, white D65) of sRGB.

    Args:
        rgb: ``(..., 3)``.

    Returns:
        ``(..., 3)``: lightness L* (0 to 100), a* (green to red) and b* (blue to yellow).
    """
    values = rgb / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    ratios = linear @ _TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(np.where(ratios > _EDGE**3, np.cbrt(ratios), ratios / (3 * _EDGE**2) + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def from_cielab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The inverse of `cielab`, rounded; what sRGB cannot show is clipped in each channel."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    ratios = np.where(roots > _EDGE, roots**3, 3 * _EDGE**2 * (roots - 4 / 29))
    linear = (ratios * _WHITE @ _FROM_XYZ.T).clip(0, 1)
    values = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((values * 255 + 0.5).astype(np.uint8))
