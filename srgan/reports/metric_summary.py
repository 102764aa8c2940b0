"""What is known of validation metrics: names, units, which way is better, the best and the last value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from srgan.reports.run_record import ValidationRecord

__all__ = ["MetricSummary", "summarise"]


@dataclass(frozen=True)
class MetricSummary:
    """One metric over a training; `best` and `last` are (step, value), `best` is None where better is unknown."""

    name: str
    label: str
    unit: str
    decimals: int
    higher_is_better: bool | None
    last: tuple[int, float]
    best: tuple[int, float] | None

    @property
    def title(self) -> str:
        """Label and unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def format(self, value: float) -> str:
        """The value with the metric's decimals."""
        return f"{value:.{self.decimals}f}".replace("-", "\N{MINUS SIGN}")


_KNOWN: dict[str, tuple[str, str, int, bool | None]] = {
    "psnr_y": ("PSNR (Y)", "dB", 2, True),
    "ssim_y": ("SSIM (Y)", "", 4, True),
    "lpips": ("LPIPS", "", 4, False),
    "grid": ("Grid index", "dB", 2, False),
    "kernel_distance": ("Kernel distance", "", 4, False),
}


def summarise(validations: Sequence[ValidationRecord]) -> list[MetricSummary]:
    """Every metric that has a finite value, the known ones first; of equal best values the first counts."""
    values: dict[str, list[tuple[int, float]]] = {name: [] for name in _KNOWN}
    for entry in validations:
        for name, value in entry.metrics.items():
            if math.isfinite(value):
                values.setdefault(name, []).append((entry.step, value))
    found = []
    for name, pairs in values.items():
        if pairs:
            label, unit, decimals, higher = _KNOWN.get(name, (name, "", 4, None))
            best = None if higher is None else (max if higher else min)(pairs, key=lambda pair: pair[1])
            found.append(MetricSummary(name, label, unit, decimals, higher, pairs[-1], best))
    return found
