"""Whether an enlarged picture still is the small one that it was made of."""

import numpy as np
from numpy.typing import NDArray

from srgan.images import imresize
from srgan.metrics.psnr import psnr

__all__ = ["consistency"]


def consistency(fake: NDArray[np.uint8], small: NDArray[np.uint8]) -> float:
    """PSNR of RGB in dB between the input and the result, reduced to its size; higher is better.

    The result is reduced by MATLAB's antialiased bicubic (8 bits after each pass), the kernel that the literature
    makes its small pictures with, so that it is fair to models for such pictures alone. Full pictures from which the
    small ones were made so have infinity; a model that invents texture within what the small picture leaves open
    stays above about 40 dB, one that changes colours or moves edges does not. No full picture is needed.

    Args:
        fake: ``(H, W, 3)`` or ``(H, W)``.
        small: what it was made of, of the same channels.

    Raises:
        ValueError: the channels differ, or the result is smaller than the input.
    """
    if fake.ndim != small.ndim or fake.shape[2:] != small.shape[2:]:
        raise ValueError(f"the channels differ: {fake.shape} and {small.shape}")
    if fake.shape[0] < small.shape[0] or fake.shape[1] < small.shape[1]:
        raise ValueError(f"a result {fake.shape} smaller than its input {small.shape} cannot be reduced to it")
    return psnr(imresize(fake, size=(small.shape[0], small.shape[1])), small)
