"""The terms of a task's own objective."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["WeightedLoss", "weighted_terms"]


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


def weighted_terms(
    losses: list[WeightedLoss], pictures: Sequence[Tensor], autocast: torch.autocast
) -> dict[str, Tensor]:
    """The terms of one step, scalars.

    Args:
        losses: what is computed.
        pictures: fake, real, and the averaged generator's, where a loss needs it.
        autocast: precision of the losses that take it; the others are computed in float32.
    """
    terms = {}
    for loss in losses:
        given = pictures if loss.needs_average else pictures[:2]
        if loss.autocast:
            with autocast:
                value = loss.function(*given)
        else:
            value = loss.function(*given)
        terms[loss.name] = loss.weight * value.float()
    return terms
