"""Super-resolution: the generator turns a small picture into the large one."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.data import Batch
from srgan.networks import Generator
from srgan.tasks.task import Round, Task
from srgan.tasks.terms import WeightedLoss, weighted_terms

__all__ = ["SuperResolution"]


class SuperResolution(Task):
    """The generator enlarges what was made small.

    Args:
        generator: ``(B, 3, h, w)`` to ``(B, 3, h * scale, w * scale)``, both in [0, 1]; may be a compiled one.
        average: the averaged generator, for losses that compare with it.
        losses: the terms of the objective.
        scale: of the generator.
        condition: whether the discriminator sees the small picture, too.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[[Tensor], Tensor],
        average: Generator,
        losses: list[WeightedLoss],
        *,
        scale: int,
        condition: bool,
        autocast: torch.autocast,
    ) -> None:
        self.names = [loss.name for loss in losses]
        self._generator, self._average, self._losses = generator, average, losses
        self._scale, self._condition, self._autocast = scale, condition, autocast

    def play(self, batch: Batch) -> Round:
        """The generator's pictures beside the true ones."""
        with self._autocast:
            fake = self._generator(batch.low)
        return Round(batch.high, fake.float(), self._shown(batch) if self._condition else None)

    def _shown(self, batch: Batch) -> Tensor:
        """What a conditional discriminator sees beside the picture: the small one, enlarged."""
        return F.interpolate(batch.low, scale_factor=self._scale, mode="bilinear", align_corners=False)

    def generator_losses(self, round_: Round, batch: Batch) -> dict[str, Tensor]:
        """The weighted distances from the true pictures."""
        pictures = [round_.fake, round_.real]
        if any(loss.needs_average for loss in self._losses):
            with torch.no_grad(), self._autocast:
                pictures.append(self._average(batch.low))
        return weighted_terms(self._losses, pictures, self._autocast)
