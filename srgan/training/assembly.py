"""What the engine needs to know of a task: its networks, its data, and how it is measured."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from srgan.networks import Discriminator
from srgan.tasks import Task
from srgan.training.ema import Ema
from srgan.training.feeding import Feeding
from srgan.training.parts import make_discriminator
from srgan.training.processes import Processes
from srgan.training.run import Run
from srgan.training.sections import StageSection
from srgan.training.stage import Stage
from srgan.training.starting import start_from
from srgan.training.validation import ValidationResult

__all__ = ["Assembly", "Measurement"]


class Measurement(Protocol):
    """How a run is measured while it trains."""

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""

    def measure(self, network: Any, device: torch.device) -> ValidationResult:  # noqa: ANN401 - each task has its own
        """The metrics of a network, and pictures to look at."""


class Assembly(ABC):
    """The parts of a run; each task has a sub-class.

    Args:
        run: the checked run.

    Attributes:
        network: what the generator's side trains, on the CPU until somebody moves it.
    """

    network: nn.Module

    def __init__(self, run: Run) -> None:
        self.run = run

    @abstractmethod
    def feeding(self, processes: Processes, device: torch.device) -> Feeding:
        """The data.

        Raises:
            UsageError: it cannot be used.
        """

    @abstractmethod
    def measurement(self) -> Measurement | None:
        """What ``[validation]`` asks for.

        Raises:
            UsageError: its pictures or weights cannot be used.
        """

    @abstractmethod
    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> Task:
        """What a stage learns.

        Args:
            section: the stage.
            call: the network as it is called; it may be compiled.
            average: its averaged weights.
            autocast: precision of the networks.
            device: of the networks.
        """

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """What a model file says of the network: JSON values."""

    def start_from(self, path: Path, *, partial: bool) -> str:
        """Put weights from elsewhere into the network, see `srgan.training.starting`; what was loaded, in words.

        Raises:
            UsageError: they do not fit.
        """
        return start_from(self.network, path, partial=partial)

    @abstractmethod
    def probe(self) -> int:
        """Read a training picture; how many there are.

        Raises:
            UsageError: it cannot be used.
        """

    @abstractmethod
    def made_up(self, section: StageSection, count: int, device: torch.device) -> Any:  # noqa: ANN401
        """A batch of `count` samples of a stage without pictures in it, to measure what a step costs."""

    def discriminator(self, section: StageSection) -> Discriminator:
        """The opponent of a stage that has one."""
        assert section.discriminator is not None
        return make_discriminator(section.discriminator, **self.run.opponent(section))

    def stage(self, index: int, *, average: Ema, processes: Processes, device: torch.device) -> Stage:
        """The parts of a stage, with new optimisers and a new discriminator."""
        section = self.run.stages[index]
        return Stage(
            section,
            index,
            network=self.network,
            average=average,
            make_task=lambda call, autocast: self.task(
                section, call, average.network, autocast=autocast, device=device
            ),
            make_discriminator=lambda: self.discriminator(section),
            processes=processes,
            device=device,
        )
