"""Locally discriminative learning: a pixel loss only where the generator makes artefacts."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["LdlLoss"]


@dataclass(frozen=True, kw_only=True)
class LdlLoss:
    """LDL (Liang, Zeng and Zhang 2022, "Details or Artifacts", section 3): mean absolute difference times a map.

    The map is large where the error varies from pixel to pixel, and zero where the generator is closer to the truth
    than its own running average, whose pictures show what is stable. It is a constant to the gradient; in the authors'
    code gradients pass through it as well, and are infinite where a picture is perfect.

    Args:
        window: side of the neighbourhood of the local variance, pixels, odd; pictures have sides above half of it.
    """

    needs_average: ClassVar[bool] = True
    """Called with a third argument: the picture of the averaged (EMA) generator."""

    window: Literal[3, 5, 7, 9, 11] = 7

    def __call__(self, fake: Tensor, real: Tensor, average: Tensor) -> Tensor:
        """Compare `fake` and `real` ``(B, C, H, W)`` in [0, 1]; `average` is the averaged generator's picture."""
        weight = self.map(fake, real, average)
        return (weight * (fake - real).abs()).mean()

    @torch.no_grad()
    def map(self, fake: Tensor, real: Tensor, average: Tensor) -> Tensor:
        """The artefact map ``(B, 1, H, W)``, >= 0: local variance times the fifth root of the picture's variance.

        Both are unbiased variances of the error, the sum over the channels of the absolute difference.
        """
        error, stable_error = (
            (real.float() - picture.float()).abs().sum(1, keepdim=True) for picture in (fake, average)
        )
        whole = error.var(dim=(1, 2, 3), keepdim=True) ** 0.2
        return torch.where(error < stable_error, 0.0, whole * _local_variance(error, self.window))


def _local_variance(error: Tensor, window: int) -> Tensor:
    """The unbiased variance around each pixel; pictures are mirrored at the border."""
    # In float64 the textbook difference of means is exact enough, and ten times as fast as a variance over windows.
    padded = F.pad(error.double(), [window // 2] * 4, mode="reflect")
    mean, mean_square = F.avg_pool2d(padded, window, 1), F.avg_pool2d(padded**2, window, 1)
    count = window**2
    return ((mean_square - mean**2).clamp(min=0) * (count / (count - 1))).float()
