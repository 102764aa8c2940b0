"""Softmax with an additive margin between two kinds of vectors that belong together in pairs."""

import torch
from torch import Tensor

from srgan.losses.contrastive import contrastive_cross_entropy

__all__ = ["am_softmax"]


def am_softmax(
    first: Tensor, second: Tensor, *, margin: float = 0.35, scale: float = 30.0, same: Tensor | None = None
) -> Tensor:
    """Find each vector's partner by a margin (Wang et al. 2018, "Additive Margin Softmax", Eq. 6), in both directions.

    ``-log(exp(s (c_ii - m)) / (exp(s (c_ii - m)) + sum_j exp(s c_ij)))`` with the cosines ``c_ij`` of vector i of one
    kind and the others j of the other kind; the mean over i and over both directions. With orthonormal pairs that
    agree it is ``log(1 + (B - 1) exp(-s (1 - m)))``, with equal vectors ``log(1 + (B - 1) exp(s m))``.

    Args:
        first: ``(B, D)`` vectors of length 1.
        second: ``(B, D)``, those that belong to them.
        margin: m, by which a pair must be more alike than it and others.
        scale: s > 0.
        same: ``(B,)`` what each pair is of: pairs with equal numbers are not told apart. None: all are.

    Returns:
        A float32 scalar >= 0.
    """
    cosines = first.float() @ second.float().T
    kept = torch.eye(len(cosines), dtype=torch.bool, device=cosines.device)
    if same is not None:
        kept = kept | (same[:, None] == same[None, :])
    own = scale * (cosines.diagonal() - margin)
    others = (scale * cosines).masked_fill(kept, -torch.inf)
    return torch.stack([contrastive_cross_entropy(own, others, side=side).mean() for side in (0, 1)]).mean()
