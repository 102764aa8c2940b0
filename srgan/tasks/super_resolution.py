"""Super-resolution: the generator turns a small picture into the large one."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.data import Batch
from srgan.networks import Generator

__all__ = ["SuperResolution", "WeightedLoss"]


@dataclass(frozen=True)
class WeightedLoss:
    """One term of the objective: ``weight * function(fake, real)``.

    A function with the attribute ``needs_average`` gets the averaged generator's picture as well; one with the
    attribute ``autocast`` runs its convolutions in the training's precision.
    """

    name: str
    function: Callable[..., Tensor]
    weight: float

    @property
    def needs_average(self) -> bool:
        """Whether it is called as ``function(fake, real, average)``."""
        return bool(getattr(self.function, "needs_average", False))

    @property
    def autocast(self) -> bool:
        """Whether half precision does it no harm."""
        return bool(getattr(self.function, "autocast", False))


class SuperResolution:
    """Says what is made and what is minimised; the trainer says when.

    Args:
        generator: ``(B, 3, h, w)`` to ``(B, 3, h * scale, w * scale)``, both in [0, 1]; may be a compiled one.
        average: the averaged generator, for losses that compare with it.
        losses: the terms of the objective.
        scale: of the generator.
        autocast: precision of the networks; losses are computed in float32.
    """

    condition_channels = 3

    def __init__(
        self,
        generator: Callable[[Tensor], Tensor],
        average: Generator,
        losses: list[WeightedLoss],
        *,
        scale: int,
        autocast: torch.autocast,
    ) -> None:
        self.names = [loss.name for loss in losses]
        self._generator, self._average, self._losses = generator, average, losses
        self._scale, self._autocast = scale, autocast

    def generate(self, batch: Batch) -> Tensor:
        """The generator's pictures, float32."""
        with self._autocast:
            fake = self._generator(batch.low)
        return fake.float()

    def condition(self, batch: Batch) -> Tensor:
        """What a conditional discriminator sees beside the picture: the small one, enlarged."""
        return F.interpolate(batch.low, scale_factor=self._scale, mode="bilinear", align_corners=False)

    def generator_losses(self, fake: Tensor, batch: Batch) -> dict[str, Tensor]:
        """The weighted terms of one step, scalars; their sum is what the trainer minimises."""
        pictures = [fake, batch.high]
        if any(loss.needs_average for loss in self._losses):
            with torch.no_grad(), self._autocast:
                pictures.append(self._average(batch.low))
        terms = {}
        for loss in self._losses:
            given = pictures if loss.needs_average else pictures[:2]
            if loss.autocast:
                with self._autocast:
                    value = loss.function(*given)
            else:
                value = loss.function(*given)
            terms[loss.name] = loss.weight * value.float()
        return terms
