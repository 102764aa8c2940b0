"""Limits that models must keep: what an automatic check of a new model is made of."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from srgan.errors import UsageError
from srgan.evaluation.contenders import YARDSTICKS
from srgan.evaluation.picture_score import METRICS
from srgan.evaluation.super_resolution_row import Row

__all__ = ["Gate"]

_FORM = re.compile(r"(?:(?P<model>.+):)?(?P<dataset>[^:]+)\.(?P<metric>[a-z_]+)=(?P<limit>[-+0-9.eE]+)")


@dataclass(frozen=True)
class Gate:
    """A limit for the mean of one metric on one set.

    Attributes:
        dataset: name of the set, in any case.
        metric: one of `srgan.evaluation.METRICS`.
        limit: the value that is still good.
        above: whether larger values fail (instead of smaller ones).
        model: whose value; None: all models, but of bicubic and lanczos only where nothing else is measured.
    """

    dataset: str
    metric: str
    limit: float
    above: bool = False
    model: str | None = None

    @classmethod
    def parse(cls, text: str, *, above: bool = False) -> "Gate":
        """``set14.psnr_y=28.0``, or for one of several models ``x4:set14.lpips=0.2``.

        Raises:
            UsageError: it is not of this form, or there is no such metric.
        """
        found = _FORM.fullmatch(text)
        flag = "--fail-above" if above else "--fail-below"
        if found is None:
            raise UsageError(f"{flag} {text}: write it like set14.psnr_y=28.0 or model:set14.psnr_y=28.0")
        if found["metric"] not in METRICS:
            raise UsageError(f"{flag} {text}: there is no metric {found['metric']}; metrics: {', '.join(METRICS)}")
        try:
            limit = float(found["limit"])
        except ValueError:
            raise UsageError(f"{flag} {text}: {found['limit']} is no number") from None
        return cls(found["dataset"], found["metric"], limit, above, found["model"])

    def failures(self, rows: Sequence[Row]) -> list[str]:
        """What breaks the limit, a sentence each.

        Raises:
            UsageError: the set, the model or the metric was not measured.
        """
        on_set = [row for row in rows if row.dataset.lower() == self.dataset.lower()]
        if not on_set:
            names = _listed(row.dataset for row in rows)
            raise UsageError(f"{self} is about a set that was not measured; measured: {names}")
        learned = [row for row in on_set if row.model not in YARDSTICKS] or on_set
        chosen = learned if self.model is None else [row for row in on_set if row.model == self.model]
        if not chosen:
            raise UsageError(
                f"{self} is about a model that was not measured; measured: {_listed(r.model for r in on_set)}"
            )
        found = []
        for row in chosen:
            value = row.mean(self.metric)
            if value is None:
                raise UsageError(f"{self}: {self.metric} was not measured of {row.model}")
            # A value that is no number keeps no limit.
            if not (value <= self.limit if self.above else value >= self.limit):
                side = "above" if self.above else "below"
                found.append(
                    f"{row.model} on {row.dataset} x{row.scale}: {self.metric} {value:.5g} is {side} {self.limit:g}"
                )
        return found

    def __str__(self) -> str:
        prefix = f"{self.model}:" if self.model else ""
        return f"the limit {prefix}{self.dataset}.{self.metric}={self.limit:g}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
