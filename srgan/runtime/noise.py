"""The noise that a translation model takes beside a picture."""

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError

__all__ = ["draw_noise"]

_SEEDS = 2**64


def draw_noise(seed: int, sample: int, length: int) -> NDArray[np.float32] | None:
    """The noise of one sample: the same for every picture, wherever it lies and whatever was drawn before.

    A counter-based generator (Philox, Salmon et al. 2011) with the seed as its key and the sample in its counter, so
    that samples never overlap and sample 7 needs none of the six before it.

    Args:
        seed: 0 to 2^64 - 1.
        sample: 0 is the first.
        length: of the vector.

    Returns:
        ``(1, length)`` standard normal, or None for a length of 0.

    Raises:
        UsageError: the seed or the sample is out of range.
    """
    if not 0 <= seed < _SEEDS or not 0 <= sample < _SEEDS:
        raise UsageError(f"seed and sample must lie between 0 and 2^64 - 1, and are {seed} and {sample}")
    if length == 0:
        return None
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, sample, 0, 0]))
    return generator.standard_normal((1, length)).astype(np.float32)
