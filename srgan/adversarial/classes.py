"""Discriminators that name classes: the auxiliary classifier, and the one that is all in one, for few labels."""

from torch import Tensor
from torch.nn import functional as F

__all__ = ["classification_loss"]


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
