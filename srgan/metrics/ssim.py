"""Structural similarity."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["ssim"]

_RADIUS, _SIGMA = 5, 1.5


def ssim(fake: NDArray[np.generic], real: NDArray[np.generic], *, peak: float = 255.0) -> float:
    """Mean SSIM of one channel (Wang et al. 2004): 11x11 Gaussian window of sigma 1.5, only whole windows.

    Population variances and the constants (0.01 peak)^2, (0.03 peak)^2, as in MATLAB and the literature's tables.

    Args:
        fake: ``(H, W)``.
        real: ``(H, W)``.
        peak: largest possible value.

    Returns:
        -1 to 1; 1 for equal pictures.

    Raises:
        ValueError: the shapes differ, or a side is below 11 pixels.
    """
    if fake.shape != real.shape or fake.ndim != 2:
        raise ValueError(f"SSIM takes two channels of one shape, not {fake.shape} and {real.shape}")
    if min(fake.shape) < 2 * _RADIUS + 1:
        raise ValueError(f"SSIM needs at least 11x11 pixels, not {fake.shape[1]}x{fake.shape[0]}")
    x, y = np.asarray(fake, np.float64), np.asarray(real, np.float64)
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x**2
    variance_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    numerator = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float(np.mean(numerator / ((mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2))))


def _blur(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Separable Gaussian, whole windows only."""
    kernel = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
    kernel /= kernel.sum()
    height, width = image.shape
    rows = sum(k * image[i : height - 2 * _RADIUS + i] for i, k in enumerate(kernel))
    return np.asarray(sum(k * rows[:, i : width - 2 * _RADIUS + i] for i, k in enumerate(kernel)))
