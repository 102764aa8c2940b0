"""Structural similarity."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["StructuralMeans", "ssim", "structural_means"]

_RADIUS, _SIGMA = 5, 1.5
_WINDOW = 2 * _RADIUS + 1
# Lines and columns that are filtered at a time, as a product with a band matrix: small ones waste less on its zeros,
# large ones keep the multiplication busy; 32 to 64 are the fastest.
_BLOCK = 48


class StructuralMeans(NamedTuple):
    """Mean of SSIM over all windows, and of its factor for contrast and structure alone."""

    ssim: float
    contrast_structure: float


def ssim(fake: NDArray[np.generic], real: NDArray[np.generic], *, peak: float = 255.0) -> float:
    """Mean SSIM (Wang et al. 2004): 11x11 Gaussian window of sigma 1.5, only whole windows.

    Population variances and the constants (0.01 peak)^2, (0.03 peak)^2, as in MATLAB and the literature's tables.
    Of colour pictures it is the mean over the channels.

    Args:
        fake: ``(H, W)`` or ``(H, W, C)``.
        real: the same shape.
        peak: largest possible value.

    Returns:
        -1 to 1; 1 for equal pictures.

    Raises:
        ValueError: the shapes differ, or a side is below 11 pixels.
    """
    if fake.ndim == 3 and fake.shape == real.shape:
        channels = range(fake.shape[2])
        return float(np.mean([structural_means(fake[..., k], real[..., k], peak=peak).ssim for k in channels]))
    return structural_means(fake, real, peak=peak).ssim


def structural_means(fake: NDArray[np.generic], real: NDArray[np.generic], *, peak: float = 255.0) -> StructuralMeans:
    """SSIM of one channel, and what it is without the factor for luminance, as `srgan.metrics.ms_ssim` needs it.

    Args:
        fake: ``(H, W)``.
        real: ``(H, W)``.
        peak: largest possible value.

    Raises:
        ValueError: the shapes differ, or a side is below 11 pixels.
    """
    if fake.shape != real.shape or fake.ndim != 2:
        raise ValueError(f"SSIM takes two channels of one shape, not {fake.shape} and {real.shape}")
    if min(fake.shape) < _WINDOW:
        raise ValueError(f"SSIM needs at least 11x11 pixels, not {fake.shape[1]}x{fake.shape[0]}")
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    sums, height = np.zeros(2), fake.shape[0] - 2 * _RADIUS
    for top in range(0, height, _BLOCK):
        lines = slice(top, min(top + _BLOCK, height) + 2 * _RADIUS)
        x, y = np.asarray(fake[lines], np.float64), np.asarray(real[lines], np.float64)
        mean_x, mean_y, squares, products = _blur(np.stack([x, y, x * x + y * y, x * y]))
        luminances, shared = mean_x * mean_x + mean_y * mean_y, mean_x * mean_y
        contrast = (2.0 * (products - shared) + c2) / (squares - luminances + c2)
        sums += np.sum((2.0 * shared + c1) / (luminances + c1) * contrast), np.sum(contrast)
    means = sums / (height * (fake.shape[1] - 2 * _RADIUS))
    return StructuralMeans(float(means[0]), float(means[1]))


def _blur(fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian of fields ``(N, h, w)``, whole windows only."""
    count, height, width = fields.shape
    height, width = height - 2 * _RADIUS, width - 2 * _RADIUS
    lines = (_band(height) @ fields).reshape(count * height, -1)
    blurred = np.empty((count * height, width))
    for left in range(0, width, _BLOCK):
        columns = min(_BLOCK, width - left)
        np.matmul(
            lines[:, left : left + columns + 2 * _RADIUS], _band(columns).T, out=blurred[:, left : left + columns]
        )
    return blurred.reshape(count, height, width)


def _band(length: int) -> NDArray[np.float64]:
    """The window's weights beside the diagonal of a matrix ``(length, length + 10)``."""
    kernel = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
    band = np.zeros((length, length + 2 * _RADIUS))
    for place, weight in enumerate(kernel / kernel.sum()):
        band[np.arange(length), np.arange(length) + place] = weight
    return band
