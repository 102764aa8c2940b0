"""The symmetric contrastive loss between two kinds of vectors that belong together in pairs."""

from torch import Tensor

from srgan.losses.am_softmax import am_softmax

__all__ = ["info_nce"]


def info_nce(first: Tensor, second: Tensor, *, temperature: float = 0.07, same: Tensor | None = None) -> Tensor:
    """The cross-entropy of finding each vector's partner, in both directions (van den Oord et al. 2018, Eq. 4).

    ``-log(exp(c_ii / t) / sum_j exp(c_ij / t))`` with the cosines ``c_ij`` of vector i of one kind and vector j of the
    other; the mean over i and over both directions (Radford et al. 2021, Figure 3). With orthonormal pairs that agree
    it is ``log(1 + (B - 1) exp(-1 / t))``, with equal vectors ``log B``.

    Args:
        first: ``(B, D)`` vectors of length 1.
        second: ``(B, D)``, those that belong to them.
        temperature: t > 0.
        same: ``(B,)`` what each pair is of: pairs with equal numbers are not told apart. None: all are.

    Returns:
        A float32 scalar >= 0.
    """
    return am_softmax(first, second, margin=0.0, scale=1 / temperature, same=same)
