"""Super-resolution: the generator turns a small picture into the large one."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from srgan.data import Batch
from srgan.networks import Generator

__all__ = ["SuperResolution", "WeightedLoss"]


@dataclass(frozen=True)
class WeightedLoss:
    """One term of the objective: ``weight * function(fake, real)``."""

    name: str
    function: Callable[[Tensor, Tensor], Tensor]
    weight: float


class SuperResolution:
    """Says what is minimised; the trainer says when.

    Args:
        generator: ``(B, 3, h, w)`` to ``(B, 3, h * scale, w * scale)``, both in [0, 1].
        losses: the terms of the objective.
    """

    def __init__(self, generator: Generator, losses: list[WeightedLoss]) -> None:
        self.generator = generator
        self._losses = losses

    def generator_losses(self, batch: Batch, autocast: torch.autocast) -> dict[str, Tensor]:
        """The weighted terms of one step, scalars; their sum is what the trainer minimises.

        Only the network runs under `autocast`; the losses are computed in float32.
        """
        with autocast:
            fake = self.generator(batch.low)
        fake = fake.float()
        return {loss.name: loss.weight * loss.function(fake, batch.high) for loss in self._losses}
