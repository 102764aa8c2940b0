"""Instance noise: real and generated pictures are blurred into each other while the generator is still poor."""

import torch
from torch import Tensor

__all__ = ["falling", "instance_noise"]


def instance_noise(pictures: Tensor, sigma: float) -> Tensor:
    """Add normal noise to what the discriminator sees, real and generated alike (Sønderby et al. 2017, section 3.2).

    Both distributions then have a common support, and the discriminator a gradient everywhere.

    Args:
        pictures: or any other samples; values may leave [0, 1].
        sigma: standard deviation, in the units of the pictures (half of what papers with [-1, 1] say); 0 changes
            nothing and draws no numbers.

    Returns:
        Of the same shape.
    """
    return pictures + sigma * torch.randn_like(pictures) if sigma else pictures


def falling(sigma: float, progress: float, until: float) -> float:
    """A strength that falls linearly to zero.

    Args:
        sigma: at the start.
        progress: share of the training that is done, 0 to 1.
        until: share at which nothing is left, above 0.
    """
    return sigma * max(0.0, 1.0 - progress / until)
