"""Means, and how well they are known."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "mean_of"]


class Estimate(NamedTuple):
    """A mean and its standard error; the error is not a number where the mean is infinite or of one value."""

    value: float
    error: float

    def as_dict(self) -> dict[str, float | None]:
        """As JSON values; what is not finite, which JSON cannot say, is None."""
        return {name: value if math.isfinite(value) else None for name, value in self._asdict().items()}


def mean_of(values: NDArray[np.floating]) -> Estimate:
    """The mean of independent values; `values` is ``(N,)``, at least one."""
    if len(values) < 2 or not np.isfinite(values).all():
        return Estimate(float(np.mean(values)), math.nan)
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values))))
