"""The game with a quadratic potential."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from srgan.adversarial.objective import Objective

__all__ = ["QuadraticPotential"]

# Identical items have equal scores, too: any positive number makes 0 of 0 / 0.
_SMALLEST = 1e-6


@dataclass(frozen=True, kw_only=True)
class QuadraticPotential(Objective):
    """GAN-QP (Su 2018): the critic maximises ``E[D - D^2 / (2 strength distance)]``, ``D = score real - score fake``.

    Real and fake are compared one with one, and how far the two lie apart bounds the difference of their scores: no
    Lipschitz condition is needed, and no penalty. At the optimum D is ``strength * distance``, so that the generator,
    which minimises ``E D``, has a gradient of the same size however far off its fakes are. It suits pairs of pictures
    that belong to each other, as those of super-resolution do.

    Args:
        strength: the factor of the distance, lambda; 10 in the author's code.
        metric: of two items, over all their numbers: "mean_absolute" difference, "rms" the root of the mean square of
            the difference, or "mean_square". Where an item has several parts (BiGAN-QP: picture and code), their
            distances are summed.
        relativistic: refused; the game is relativistic as it stands.
    """

    strength: Annotated[float, Field(gt=0)] = 10.0
    metric: Literal["mean_absolute", "rms", "mean_square"] = "mean_absolute"

    def __post_init__(self) -> None:
        """Refuse a second comparison.

        Raises:
            ValueError: `relativistic` is set.
        """
        if self.relativistic is not None:
            raise ValueError("qp takes no 'relativistic': it compares real with fake, pair by pair, as it stands")

    def real_loss(self, score: Tensor) -> Tensor:
        """``-score``; the quadratic term belongs to pairs, see `discriminator_loss`."""
        return -score

    def fake_loss(self, score: Tensor) -> Tensor:
        """``score``; the quadratic term belongs to pairs, see `discriminator_loss`."""
        return score

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-score``: the real half of ``E D`` is nothing to the generator."""
        return -score

    def discriminator_loss(
        self, real: Tensor, fake: Tensor, *, distance: Tensor | None = None, wrong: Tensor | None = None
    ) -> Tensor:
        """``E[-D + D^2 / (2 strength distance)]``.

        Args:
            real: scores of real items, ``(B, ...)``: maps, or one score an item.
            fake: scores of fakes, item by item the partners of the real ones.
            distance: of the partners, ``(B,)``; it holds for every place of their maps.
            wrong: refused.

        Raises:
            ValueError: `distance` is missing, or `wrong` is given.
        """
        if wrong is not None:
            raise ValueError("qp compares real with fake, pair by pair: it has no place for wrong pairs")
        if distance is None:
            raise ValueError("qp needs the distance of real and fake")
        room = 2 * self.strength * distance.clamp(min=_SMALLEST).reshape(-1, *[1] * (real.ndim - 1))
        return super().discriminator_loss(real, fake) + ((real - fake) ** 2 / room).mean()

    @torch.no_grad()
    def distance(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
        """The sum over the parts of their distances in the chosen metric, ``(B,)``, float32 or wider."""
        return torch.stack([self._part(ours, theirs) for ours, theirs in zip(real, fake, strict=True)]).sum(0)

    def _part(self, real: Tensor, fake: Tensor) -> Tensor:
        wide = torch.promote_types(real.dtype, torch.float32)
        difference = (real.to(wide) - fake.to(wide)).reshape(len(real), -1)
        if self.metric == "mean_absolute":
            return difference.abs().mean(1)
        square = difference.square().mean(1)
        return square.sqrt() if self.metric == "rms" else square
