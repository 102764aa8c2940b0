"""The contrastive loss of CUT: a place should look like its own origin and like no other place."""

from collections.abc import Sequence

import torch
from torch import Tensor

from srgan.losses.contrastive import contrastive_cross_entropy

__all__ = ["patch_nce"]


def patch_nce(query: Sequence[Tensor], key: Sequence[Tensor], *, temperature: float = 0.07) -> Tensor:
    """PatchNCE (Park et al. 2020, "Contrastive Learning for Unpaired Image-to-Image Translation", Eq. 3 and 4).

    The cross-entropy of finding, among the P places of a picture, the one that a vector came from:
    ``-log(exp(q_i k_i / t) / sum_j exp(q_i k_j / t))``, the mean over places and pictures, then over the maps. With
    orthonormal vectors that agree it is ``log(1 + (P - 1) exp(-1 / t))``, with equal ones ``log P``. The other places
    of the same picture are the only ones that it is told apart from.

    Args:
        query: for each feature map ``(B, P, C)`` vectors of length 1 of the generated pictures.
        key: those of the original pictures at the same places; detached here.
        temperature: t > 0.

    Returns:
        A float32 scalar >= 0.
    """
    return torch.stack([_info_nce(q, k.detach(), temperature) for q, k in zip(query, key, strict=True)]).mean()


def _info_nce(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    logits = query.float() @ key.float().transpose(1, 2) / temperature
    own = logits.diagonal(dim1=1, dim2=2)
    itself = torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device)
    return contrastive_cross_entropy(own, logits.masked_fill(itself, -torch.inf), side=2).mean()
