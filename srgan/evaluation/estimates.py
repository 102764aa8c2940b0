"""Means, how well they are known, and how values are spread."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "Spread", "resampled"]

_RESAMPLES = 2000
_SHARE = (0.025, 0.975)


class Estimate(NamedTuple):
    """A value and its 95 % confidence interval; not a number where there is none."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """As JSON values; what is not finite, which JSON cannot say, is None."""
        return {name: value if math.isfinite(value) else None for name, value in self._asdict().items()}


class Spread(NamedTuple):
    """The mean of values and their quartiles."""

    mean: float
    lower: float
    median: float
    upper: float

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> "Spread":
        """The spread of at least one value."""
        return cls(float(np.mean(values)), *(float(value) for value in np.quantile(values, (0.25, 0.5, 0.75))))

    def as_dict(self) -> dict[str, float]:
        """As JSON values."""
        return self._asdict()


def resampled(
    scores: NDArray[np.floating], of: Callable[[NDArray[np.float64]], NDArray[np.float64]], *, seed: int = 0
) -> tuple[Estimate, ...]:
    """Functions of means, each with the interval between the 2.5 and 97.5 % quantiles of its bootstrap (Efron 1979).

    Cases are drawn with all of their scores, so that what these have in common does not widen the interval of a
    difference or of a ratio.

    Args:
        scores: ``(cases, scores)``, at least one case.
        of: from means ``(B, scores)`` to values ``(B, values)``, not a number where there is none.
        seed: of the drawing.

    Returns:
        An estimate for each value.
    """
    random, cases = np.random.default_rng(seed), len(scores)
    drawn = of(np.array([scores[random.integers(0, cases, cases)].mean(axis=0) for _ in range(_RESAMPLES)]))
    return tuple(
        _between(float(value), values[np.isfinite(values)])
        for value, values in zip(of(scores.mean(axis=0, keepdims=True))[0], drawn.T, strict=True)
    )


def _between(value: float, known: NDArray[np.float64]) -> Estimate:
    low, high = np.quantile(known, _SHARE) if len(known) else (math.nan, math.nan)
    return Estimate(value, float(low), float(high))
