"""Sums of what every step measures, between two lines of the log."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["Meter"]


class Meter:
    """Means over the steps since the last reading; they are part of the checkpoint, so that a resumed log is the same.

    Values stay on their device until they are read.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, values: dict[str, Tensor]) -> None:
        """Add what one step measured, scalars; a name may be absent in some steps."""
        for name, value in values.items():
            value = value.detach().float()
            self._sums[name] = value + self._sums[name] if name in self._sums else value.clone()
            self._counts[name] = self._counts.get(name, 0) + 1

    def read(self) -> dict[str, float]:
        """The means; the next interval begins."""
        names = list(self._sums)
        totals = torch.stack([self._sums[name] for name in names]).tolist() if names else []
        means = {name: total / self._counts[name] for name, total in zip(names, totals, strict=True)}
        self._sums.clear()
        self._counts.clear()
        return means

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON values for a checkpoint."""
        return {f"meter.{name}": value for name, value in self._sums.items()}, dict(self._counts)

    def restore(self, tensors: dict[str, Tensor], counts: dict[str, Any], device: torch.device) -> None:
        """Take back what `state` gave."""
        self._sums = {name: tensors[f"meter.{name}"].to(device) for name in counts}
        self._counts = dict(counts)
