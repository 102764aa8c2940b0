"""Scores whose exponentials stay finite."""

import torch
from torch import Tensor

__all__ = ["tame"]

_LIMIT = 20.0


def tame(score: Tensor) -> Tensor:
    """The score itself in [-20, 20], and beyond it as a logarithm, with a continuous slope; increasing everywhere.

    ``exp(tame(score))`` is ``exp(score)`` up to 20 and its tangent there from then on, likewise ``exp(-tame(score))``
    down to -20. A discriminator that is sure by 5e8 to 1 need not be believed any better, and single precision
    overflows at 89.
    """
    beyond = (score.abs() - _LIMIT).clamp(min=0)
    return torch.where(score.abs() <= _LIMIT, score, score.sign() * (_LIMIT + torch.log1p(beyond)))
