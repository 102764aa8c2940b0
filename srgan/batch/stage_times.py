"""How long the stages of a job worked, and which of them the others waited for."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from srgan.runtime import Model

__all__ = ["Stage", "StageTimes", "Stats"]

Stage = Literal["decode", "infer", "assemble", "encode"]

_STAGES: tuple[Stage, ...] = ("decode", "infer", "assemble", "encode")
_GROUPS: dict[str, tuple[Stage, ...]] = {"decode": ("decode",), "network": ("infer", "assemble"), "encode": ("encode",)}
"""Threads, and what they do: those of the network put its tiles together too."""


@dataclass(frozen=True)
class Stats:
    """Where the time of a job went.

    Attributes:
        seconds: of the whole job.
        busy: seconds of work of each stage, of all its threads together: `decode` (looking at files too), `infer` (the
            network), `assemble` (everything else between decoding and encoding), `encode` (writing and checksums too).
        threads: of decoding, of the network and of encoding.
    """

    seconds: float
    busy: dict[Stage, float]
    threads: dict[str, int]

    def waiting(self, group: str) -> float:
        """Seconds that the threads of a group had nothing to do, or nowhere to put it; all together."""
        worked = sum(self.busy[stage] for stage in _GROUPS[group])
        return max(0.0, self.threads[group] * self.seconds - worked)

    @property
    def bottleneck(self) -> Stage:
        """The stage that the others wait for."""
        group = min(_GROUPS, key=lambda name: self.waiting(name) / self.threads[name])
        return max(_GROUPS[group], key=lambda stage: self.busy[stage])

    def to_json(self) -> dict[str, Any]:
        """The closing line of a report: the key ``stats``, with seconds."""
        groups = {
            group: {"threads": self.threads[group], "waiting": round(self.waiting(group), 3)} for group in _GROUPS
        }
        busy = {stage: round(seconds, 3) for stage, seconds in self.busy.items()}
        told = {"seconds": round(self.seconds, 3), "busy": busy, "groups": groups, "bottleneck": self.bottleneck}
        return {"stats": told}

    def lines(self) -> list[str]:
        """The same for people."""
        told = [f"{'stage':10}{'busy':>10}{'waiting':>10}  threads"]
        for group, stages in _GROUPS.items():
            for number, stage in enumerate(stages):
                line = f"{stage:10}{self.busy[stage]:8.2f} s"
                if number == 0:
                    line += f"{self.waiting(group):8.2f} s{self.threads[group]:9}"
                told.append(line)
        share = 1 - self.waiting(self._group) / max(1e-9, self.threads[self._group] * self.seconds)
        told.append(f"bottleneck: {self.bottleneck} ({self._group} busy {share:.0%} of {self.seconds:.2f} s)")
        return told

    @property
    def _group(self) -> str:
        return next(group for group, stages in _GROUPS.items() if self.bottleneck in stages)


@dataclass
class StageTimes:
    """Adds up what the threads of a job tell; of several jobs, one after the other."""

    seconds: float = 0.0
    busy: dict[Stage, float] = field(default_factory=lambda: dict.fromkeys(_STAGES, 0.0))
    threads: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_GROUPS, 1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def running(self, *, workers: int, devices: int) -> Iterator[None]:
        """A job runs inside.

        Args:
            workers: threads that decode, and threads that encode.
            devices: threads that run the network.
        """
        self.threads = {"decode": workers, "network": devices, "encode": workers}
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def add(self, stage: Stage, seconds: float) -> None:
        """Count work in, or with a negative number out again; from any thread."""
        with self._lock:
            self.busy[stage] += seconds

    @contextlib.contextmanager
    def at(self, stage: Stage) -> Iterator[None]:
        """What happens inside is work of a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - began)

    @contextlib.contextmanager
    def network(self, model: Model) -> Iterator[None]:
        """What happens inside is the network's, as far as it runs, and else assembling."""
        before, began = model.network_seconds, time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - began
            ran = spent if model.session is None else model.network_seconds - before
            self.add("infer", ran)
            self.add("assemble", spent - ran)

    def stats(self) -> Stats:
        """What has come together."""
        return Stats(self.seconds, dict(self.busy), dict(self.threads))
