"""The noise that models take: a translation model perhaps, beside a picture; one that makes pictures always."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError

__all__ = ["draw_noise"]

_SEEDS = 2**64
_LEAST = 0.01
"""Smaller truncations of normal noise would be redrawn too often."""


def draw_noise(
    seed: int,
    sample: int,
    length: int,
    *,
    prior: Literal["normal", "uniform"] = "normal",
    truncation: float | None = None,
) -> NDArray[np.float32] | None:
    """The noise of one sample: the same for every picture or text, wherever it is and whatever was drawn before.

    A counter-based generator (Philox, Salmon et al. 2011) with the seed as its key and the sample in its counter, so
    that samples never overlap and sample 7 needs none of the six before it.

    Args:
        seed: 0 to 2^64 - 1.
        sample: 0 is the first.
        length: of the vector.
        prior: ``"normal"`` is N(0, 1), ``"uniform"`` is on [-1, 1].
        truncation: normal numbers beyond it are drawn again until none is (Brock et al. 2019, arXiv 1809.11096),
            uniform ones are multiplied by it. Smaller ones make pictures more typical and less diverse.

    Returns:
        ``(1, length)``, or None for a length of 0.

    Raises:
        UsageError: the seed, the sample or the truncation is out of range.
    """
    if not 0 <= seed < _SEEDS or not 0 <= sample < _SEEDS:
        raise UsageError(f"seed and sample must lie between 0 and 2^64 - 1, and are {seed} and {sample}")
    if truncation is not None and not _LEAST <= truncation <= (1 if prior == "uniform" else np.inf):
        upper = " and at most 1 with uniform noise" if prior == "uniform" else ""
        raise UsageError(f"the truncation must be at least {_LEAST}{upper}, and is {truncation}")
    if length == 0:
        return None
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, sample, 0, 0]))
    if prior == "uniform":
        drawn = generator.uniform(-1, 1, (1, length)) * (1 if truncation is None else truncation)
    else:
        drawn = generator.standard_normal((1, length))
        while truncation is not None and (far := np.abs(drawn) > truncation).any():
            drawn[far] = generator.standard_normal(np.count_nonzero(far))
    return drawn.astype(np.float32)
