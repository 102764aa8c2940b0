"""Losses on pixels and on their spectrum; both arguments ``(B, C, H, W)`` in [0, 1], the result a scalar >= 0."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["charbonnier", "fft", "l1", "mse"]


def l1(fake: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference."""
    return F.l1_loss(fake, real)


def mse(fake: Tensor, real: Tensor) -> Tensor:
    """Mean squared difference: SRGAN's content loss l_MSE (Ledig et al. 2017, Eq. 4) for pictures in [0, 1]."""
    return F.mse_loss(fake, real)


def charbonnier(fake: Tensor, real: Tensor, *, epsilon: float = 1e-3) -> Tensor:
    """Mean of ``sqrt(difference**2 + epsilon**2) - epsilon`` (Charbonnier et al. 1994): L1 with a smooth minimum.

    Args:
        fake: the network's picture.
        real: the true one.
        epsilon: width of the round part, in picture units; the constant is taken off so that equal pictures give 0.
    """
    return (torch.sqrt((fake - real) ** 2 + epsilon**2) - epsilon).mean()


def fft(fake: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference of the real and imaginary parts of the 2-D spectrum (SAFMN, Sun et al. 2023).

    The transform is unnormalised, as in that paper, whose weight is 0.05 beside an L1 loss.
    """
    difference = torch.fft.rfft2(fake.float() - real.float())
    return torch.view_as_real(difference).abs().mean()
