"""What a run tells while it trains: to the log, the screen, TensorBoard, and by measurements."""

import contextlib
from typing import Any

import torch
from torch import nn

from srgan.training.assembly import Measurement
from srgan.training.checkpoint import keep_best, refuse_broken
from srgan.training.description import describe_environment
from srgan.training.health import Health, diagnose
from srgan.training.history import History
from srgan.training.monitor import Monitor
from srgan.training.processes import Processes
from srgan.training.run import Run
from srgan.training.stage import Stage

__all__ = ["Observer"]


class Observer:
    """Reports and validations of one process's part of a run.

    Args:
        run: the checked run.
        history: the log.
        processes: the first of them measures and writes.
        device: of the networks.
        measurement: made by validations.
    """

    def __init__(
        self,
        run: Run,
        history: History,
        *,
        measurement: Measurement | None,
        processes: Processes,
        device: torch.device,
    ) -> None:
        self._run, self._history, self._processes, self._device = run, history, processes, device
        self._validation = measurement
        self._monitor: Monitor | None = None

    def start(self, step: int, steps: int, data_hash: str) -> Monitor:
        """Describe the run in its folder, and open TensorBoard.

        Args:
            step: steps made.
            steps: length of the training.
            data_hash: of the pictures.
        """
        content = {
            "run": self._run.model_dump(mode="json"),
            "steps": steps,
            "data_hash": data_hash,
            "protocol": None if self._validation is None else self._validation.protocol,
            "environment": describe_environment(self._device, self._processes.count),
        }
        self._history.describe("run.json", content)
        folder = self._run.folder / "tensorboard"
        self._monitor = Monitor(folder, steps=steps, start=step, active=self._processes.leads)
        return self._monitor

    def close(self) -> None:
        """Flush what is open; a disk too full for it must not hide what ended the training."""
        with contextlib.suppress(OSError):
            if self._monitor is not None:
                self._monitor.close()

    def report(self, step: int, stage: Stage, means: dict[str, float], rates: dict[str, float], seconds: float) -> None:
        """Tell the means since the last report.

        Args:
            step: steps made.
            stage: the present one.
            means: of losses and measures, by name.
            rates: learning rates, by player.
            seconds: that the stage has taken.
        """
        losses = {name: means.pop(name) for name in stage.names if name in means}
        entry: dict[str, Any] = {"step": step, "stage": stage.section.name, "losses": losses, "lr": rates}
        words = None
        if stage.adversary is not None and "advantage" in means:
            words = diagnose(_health(losses, means))
            entry |= {"health": means, "words": words}
        self._history.add(entry)
        if self._monitor is not None:
            self._monitor.report(step, losses, means, rates, words, left=self._left(stage, seconds))
            if words is not None and stage.adversary is not None:
                self._monitor.scores(step, stage.adversary.scores)

    def _left(self, stage: Stage, seconds: float) -> float | None:
        """Seconds until the clock ends the training; None where it does not, or where another stage follows."""
        minutes = stage.section.train.max_minutes
        if minutes is None or stage.index + 1 < len(self._run.stages):
            return None
        return max(0.0, 60.0 * minutes - seconds)

    def validate(self, step: int, stage: Stage, network: nn.Module, metadata: dict[str, Any]) -> None:
        """Measure the averaged network, and keep it if it is among the best.

        Args:
            step: steps made.
            stage: the present one.
            network: averaged weights.
            metadata: what travels with them.

        Raises:
            DivergedError: a weight is not finite.
        """
        self._processes.first(lambda: self._measure(step, stage, network, metadata), self._device)

    def _measure(self, step: int, stage: Stage, network: nn.Module, metadata: dict[str, Any]) -> None:
        if self._validation is None:
            return
        refuse_broken(network.state_dict(), step)
        result = self._validation.measure(network, self._device)
        self._history.add({"step": step, "stage": stage.section.name, "validation": result.metrics})
        self._history.show(step, result.images)
        if self._monitor is not None:
            self._monitor.validation(step, result.metrics, result.images)
        wanted = self._run.checkpoint
        if wanted.best:
            keep_best(
                self._run.folder / "best",
                network.state_dict(),
                {**metadata, "metric": wanted.metric, "value": result.metrics[wanted.metric]},
                keep=wanted.best,
                lower_is_better=wanted.metric in ("lpips", "kernel_distance"),
            )


def _health(losses: dict[str, float], means: dict[str, float]) -> Health:
    known = {name: value for name, value in means.items() if name in Health.__dataclass_fields__}
    return Health(discriminator_loss=losses.get("discriminator"), **known)
