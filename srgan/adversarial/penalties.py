"""Penalties on the discriminator's gradient with respect to pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

__all__ = ["R1", "R2", "Penalty", "Score", "picture_gradient"]

Score = Callable[[Tensor], list[Tensor]]
"""The discriminator as penalties see it: pictures to raw scores, one tensor ``(B, ...)`` a scale."""


class Penalty(ABC):
    """A term of the discriminator's loss that bounds its slope."""

    @abstractmethod
    def __call__(self, score: Score, real: Tensor, fake: Tensor) -> Tensor:
        """The penalty, a scalar with gradients to the discriminator's parameters and to nothing else.

        Args:
            score: the bare discriminator, without a wrapper for data-parallel training: gradients of gradients bypass
                such wrappers, so the caller averages the parameters' gradients itself.
            real: true pictures ``(B, 3, H, W)``.
            fake: the generator's.
        """


@dataclass(frozen=True, kw_only=True)
class R1(Penalty):
    """``gamma / 2 * E ||gradient||^2`` at real pictures (Mescheder, Geiger and Nowozin 2018, Eq. 9).

    Args:
        gamma: strength. Papers' pictures lie in [-1, 1], where gradients are half of those in [0, 1]: a quarter of
            their gamma does the same here, and 2.5 is that paper's 10.
    """

    gamma: Annotated[float, Field(gt=0)] = 2.5

    def __call__(self, score: Score, real: Tensor, fake: Tensor) -> Tensor:
        """The penalty at `real`."""
        return self.gamma / 2 * _squared_norm(score, real)


@dataclass(frozen=True, kw_only=True)
class R2(Penalty):
    """``gamma / 2 * E ||gradient||^2`` at fakes (Mescheder, Geiger and Nowozin 2018, section 4.1).

    Args:
        gamma: strength, in the units of R1.
    """

    gamma: Annotated[float, Field(gt=0)] = 2.5

    def __call__(self, score: Score, real: Tensor, fake: Tensor) -> Tensor:
        """The penalty at `fake`."""
        return self.gamma / 2 * _squared_norm(score, fake)


def picture_gradient(score: Score, pictures: Tensor) -> Tensor:
    """The gradient of each picture's score with respect to that picture, itself differentiable.

    The score of a picture is the mean over its map and over the scales, so that neither makes the penalty stronger.
    The discriminator must treat the pictures of a batch apart (no batch normalisation in training mode). Computed in
    float32 whatever autocast says: squares of small gradients underflow in half precision.

    Args:
        score: the discriminator.
        pictures: ``(B, ...)``; detached here, no gradient reaches where they come from.

    Returns:
        Of the pictures' shape.
    """
    with torch.autocast(pictures.device.type, enabled=False):
        wide = torch.promote_types(pictures.dtype, torch.float32)
        leaf = pictures.detach().to(wide).requires_grad_()
        # Sum over the batch: each picture's own score depends on it alone.
        total = torch.stack([scores.flatten(1).mean(1).sum() for scores in score(leaf)]).mean()
        (gradient,) = torch.autograd.grad(total, leaf, create_graph=True)
    return gradient


def _squared_norm(score: Score, pictures: Tensor) -> Tensor:
    return picture_gradient(score, pictures).square().flatten(1).sum(1).mean()
