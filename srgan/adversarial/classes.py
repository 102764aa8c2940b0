"""Discriminators that name classes: the auxiliary classifier, and the one that is all in one, for few labels."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["classification_loss", "real_score"]


def classification_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of the labelled samples.

    The auxiliary classifier of AC-GAN (Odena et al. 2017, L_C), which both players minimise, and the supervised part of
    semi-supervised learning (Salimans et al. 2016, section 5: ``-l_y + logsumexp(l)``).

    Args:
        logits: ``(B, n)``, float32 or wider.
        labels: ``(B,)`` integers, 0 to n - 1; -1: not known.

    Returns:
        The mean over those with a label, a scalar; 0, with a gradient of zeros, if none has.
    """
    total = F.cross_entropy(logits, labels, ignore_index=-1, reduction="sum")
    return total / (labels != -1).sum().clamp(min=1)


def real_score(logits: Tensor) -> Tensor:
    """The score "real" of a classifier of n classes: how much they claim together, as against an (n + 1)th, "fake".

    Salimans et al. 2016, section 5: the logit of "fake" is fixed to 0, which leaves ``D = Z / (Z + 1)`` with
    ``Z = sum exp l``, the sigmoid of ``logsumexp(l)``. The unsupervised part of the discriminator's loss there is half
    the non-saturating game's on these scores.

    Args:
        logits: ``(B, n)``, float32 or wider.

    Returns:
        ``(B, 1)`` raw scores.
    """
    return torch.logsumexp(logits, 1, keepdim=True)
