"""Structural similarity at several scales."""

import numpy as np
from numpy.typing import NDArray

from srgan.metrics.ssim import structural_means

__all__ = ["ms_ssim"]

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SMALLEST = 11 * 2 ** (len(_WEIGHTS) - 1)


def ms_ssim(fake: NDArray[np.generic], real: NDArray[np.generic], *, peak: float = 255.0) -> float:
    """Multi-scale SSIM of one channel (Wang, Simoncelli and Bovik 2003, equation 7), five scales.

    Contrast and structure of every scale, luminance of the coarsest, each with the authors' exponent. From scale to
    scale 2x2 pixels are averaged, as the authors' program does; an odd last line stands for the missing one too. A
    negative mean (structure turned into its opposite) counts as 0.

    Args:
        fake: ``(H, W)``.
        real: ``(H, W)``.
        peak: largest possible value.

    Returns:
        0 to 1; 1 for equal pictures.

    Raises:
        ValueError: the shapes differ, or a side is below 176 pixels.
    """
    if fake.shape != real.shape or fake.ndim != 2:
        raise ValueError(f"MS-SSIM takes two channels of one shape, not {fake.shape} and {real.shape}")
    if min(fake.shape) < _SMALLEST:
        raise ValueError(f"MS-SSIM needs at least {_SMALLEST}x{_SMALLEST} pixels, not {fake.shape[1]}x{fake.shape[0]}")
    one, two = np.asarray(fake, np.float64), np.asarray(real, np.float64)
    product = 1.0
    for scale, weight in enumerate(_WEIGHTS, start=1):
        means = structural_means(one, two, peak=peak)
        factor = means.ssim if scale == len(_WEIGHTS) else means.contrast_structure
        product *= max(factor, 0.0) ** weight
        one, two = _halved(one), _halved(two)
    return product


def _halved(image: NDArray[np.float64]) -> NDArray[np.float64]:
    even = np.pad(image, [(0, side % 2) for side in image.shape], mode="symmetric")
    rows = even[::2] + even[1::2]
    return np.asarray((rows[:, ::2] + rows[:, 1::2]) / 4.0)
