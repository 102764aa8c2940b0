"""Distances of samples against closed forms."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.metrics import kernel_distance

Samples = NDArray[np.float64]


def by_hand(one: Samples, two: Samples) -> float:
    """The unbiased estimate, pair by pair."""

    def kernel(a: Samples, b: Samples) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    def inside(side: Samples) -> float:
        count = len(side)
        return sum(kernel(side[i], side[j]) for i in range(count) for j in range(count) if i != j) / count / (count - 1)

    across = sum(kernel(a, b) for a in one for b in two) / len(one) / len(two)
    return inside(one) + inside(two) - 2 * across


def test_the_estimate_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    one, two = random.normal(size=(5, 3)), random.normal(size=(5, 3)) + 0.5
    found = kernel_distance(one, two, subsets=3, size=5, random=random)
    assert found.value == pytest.approx(by_hand(one, two), rel=1e-12)
    assert found.error == pytest.approx(0.0, abs=1e-12)  # three times all of them


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_shifted_gaussians(shift: float) -> None:
    """One dimension, N(0, 1) against N(shift, 1): moments give 12 s^2 + 9 s^4 + s^6."""
    random = np.random.default_rng(1)
    trials = []
    for _ in range(40):
        one, two = random.normal(size=(400, 1)), random.normal(size=(400, 1)) + shift
        trials.append(kernel_distance(one, two, subsets=5, size=200, random=random).value)
    error = np.std(trials, ddof=1) / np.sqrt(len(trials))
    truth = 12 * shift**2 + 9 * shift**4 + shift**6
    assert abs(np.mean(trials) - truth) < 3 * error
    assert error < 0.1 * max(truth, 1)


def test_the_error_is_that_of_the_mean_over_the_subsets() -> None:
    random = np.random.default_rng(2)
    one, two = random.normal(size=(500, 8)), random.normal(size=(500, 8)) + 0.3
    found = [kernel_distance(one, two, subsets=25, size=50, random=random) for _ in range(40)]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    assert np.mean([estimate.error for estimate in found]) == pytest.approx(spread, rel=0.35)


def test_what_cannot_be_compared() -> None:
    random, some = np.random.default_rng(0), np.zeros((4, 3))
    with pytest.raises(ValueError, match="one width"):
        kernel_distance(some, np.zeros((4, 2)), size=2, random=random)
    with pytest.raises(ValueError, match="at least 2 vectors"):
        kernel_distance(some, some[:1], size=2, random=random)
    with pytest.raises(ValueError, match="subsets of 5 cannot be drawn from 4 and 9"):
        kernel_distance(some, np.zeros((9, 3)), size=5, random=random)
