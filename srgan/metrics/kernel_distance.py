"""The kernel distance of two sets of feature vectors: how far what is generated lies from what is real."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["KernelDistance", "kernel_distance"]


class KernelDistance(NamedTuple):
    """An estimate, and the standard error of its mean over the subsets.

    The subsets are drawn from the same pictures: the error says how well these are compared, not how well they stand
    for all others.
    """

    value: float
    error: float


def kernel_distance(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    *,
    subsets: int = 100,
    size: int = 1000,
    random: np.random.Generator,
) -> KernelDistance:
    """Squared maximum mean discrepancy under the kernel ``(a . b / d + 1) ** 3`` (Binkowski et al. 2018, section 3).

    Mean of the unbiased estimate over random subsets without repetition. It is unbiased at any number of pictures,
    unlike the Frechet distance, so that 0 is the mean for two samples of one distribution and single values may be
    negative. Whose features these are belongs to the name of every number: only with those of the Inception network
    is it what papers call KID.

    Args:
        first: ``(n, d)``.
        second: ``(m, d)``.
        subsets: how many.
        size: vectors of each side in a subset, at most `n` and `m`, and well below both: subsets of all vectors are
            one and the same.
        random: draws the subsets.

    Raises:
        ValueError: the widths differ, or there are too few vectors.
    """
    _check(first, second)
    if not 2 <= size <= min(len(first), len(second)) or subsets < 2:
        raise ValueError(
            f"{subsets} subsets of {size} cannot be drawn from {len(first)} and {len(second)} vectors; "
            "take at least 2 subsets of 2 to as many as the fewer are"
        )
    values = []
    for _ in range(subsets):
        one, two = (side[random.choice(len(side), size, replace=False)] for side in (first, second))
        values.append(_discrepancy(np.asarray(one, np.float64), np.asarray(two, np.float64)))
    return KernelDistance(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(subsets)))


def _check(first: NDArray[np.floating], second: NDArray[np.floating]) -> None:
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"two sets of vectors of one width are compared, not {first.shape} and {second.shape}")
    if min(len(first), len(second)) < 2:
        raise ValueError(f"at least 2 vectors a side are needed, there are {len(first)} and {len(second)}")


def _discrepancy(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """The unbiased estimate: pairs of a vector with itself do not count."""
    inside = sum(_kernel(side, side).sum() - _kernel_of_itself(side).sum() for side in (one, two))
    return float(inside / (len(one) * (len(one) - 1)) - 2.0 * _kernel(one, two).mean())


def _kernel(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((one @ two.T / one.shape[1] + 1.0) ** 3)


def _kernel_of_itself(side: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((side**2).sum(axis=1) / side.shape[1] + 1.0) ** 3)
