"""What is known of validation metrics: names, units, which way is better, the best and the last value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from srgan.reports.metric_names import METRIC_NAMES, MetricName, metric_name
from srgan.reports.run_record import ValidationRecord

__all__ = ["MetricSummary", "summarise"]


@dataclass(frozen=True)
class MetricSummary:
    """One metric over a training; `best` and `last` are (step, value), `best` is None where better is unknown."""

    name: str
    known: MetricName
    last: tuple[int, float]
    best: tuple[int, float] | None

    @property
    def label(self) -> str:
        """What it is called."""
        return self.known.label

    @property
    def unit(self) -> str:
        """Its unit; empty where there is none."""
        return self.known.unit

    @property
    def title(self) -> str:
        """Label and unit."""
        return self.known.title

    @property
    def higher_is_better(self) -> bool | None:
        """Which way is better; None where that is unknown."""
        return self.known.higher_is_better

    def format(self, value: float) -> str:
        """The value with the metric's decimals."""
        return self.known.format(value)


def summarise(validations: Sequence[ValidationRecord]) -> list[MetricSummary]:
    """Every metric that has a finite value, the known ones first; of equal best values the first counts."""
    values: dict[str, list[tuple[int, float]]] = {name: [] for name in METRIC_NAMES}
    for entry in validations:
        for name, value in entry.metrics.items():
            if math.isfinite(value):
                values.setdefault(name, []).append((entry.step, value))
    found = []
    for name, pairs in values.items():
        if pairs:
            known = metric_name(name)
            higher = known.higher_is_better
            best = None if higher is None else (max if higher else min)(pairs, key=lambda pair: pair[1])
            found.append(MetricSummary(name, known, pairs[-1], best))
    return found
