"""Peak signal-to-noise ratio."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["psnr"]


def psnr(fake: NDArray[np.generic], real: NDArray[np.generic], *, peak: float = 255.0) -> float:
    """``10 log10(peak**2 / mean squared error)`` in dB; higher is better, infinite for equal pictures.

    Args:
        fake: any shape.
        real: the same shape.
        peak: largest possible value.

    Raises:
        ValueError: the shapes differ.
    """
    if fake.shape != real.shape:
        raise ValueError(f"shapes differ: {fake.shape} and {real.shape}")
    error = float(np.mean((np.asarray(fake, np.float64) - np.asarray(real, np.float64)) ** 2))
    return float("inf") if error == 0.0 else 10.0 * float(np.log10(peak**2 / error))
