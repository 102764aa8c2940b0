"""How far the discriminator is ahead."""

import torch
from torch import Tensor

__all__ = ["advantage"]


@torch.no_grad()
def advantage(real: Tensor, fake: Tensor) -> Tensor:
    """Share of the positions at which the real score is above the fake one, ties counted half.

    It needs no threshold and no calibration, so it means the same for every objective: 1/2 is a discriminator that
    cannot tell them apart, 1 one that always can, 0 one that is fooled everywhere.

    Args:
        real: raw scores, any shape.
        fake: of the same shape, position by position.

    Returns:
        A float32 scalar in [0, 1] without gradient, of this process alone.
    """
    return ((real > fake).float() + 0.5 * (real == fake).float()).mean()
