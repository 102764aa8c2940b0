"""What contrastive losses have in common: one vector has to be told from others."""

import torch
from torch import Tensor

__all__ = ["contrastive_cross_entropy"]


def contrastive_cross_entropy(own: Tensor, others: Tensor, *, side: int) -> Tensor:
    """The cross-entropy of finding a vector's own partner: ``-log(exp(own) / (exp(own) + sum exp(others)))``.

    Written so that the digits are kept that a difference of logarithms would lose near 0.

    Args:
        own: scores of the partners.
        others: scores of all others along `side`, minus infinity where there is none.
        side: dimension of `others` to sum over; without it `others` has the shape of `own`.
    """
    return torch.logaddexp(torch.zeros_like(own), others.logsumexp(side) - own)
