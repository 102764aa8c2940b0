"""From a picture to the latent vector that would have made it."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.judging import SLOPE, weighted

__all__ = ["StyleEncoder"]


class StyleEncoder(nn.Module):
    """The encoder of BicycleGAN (Zhu et al. 2017, arXiv 1711.11586): a picture's distribution over latent vectors.

    ``(B, 3, H, W)`` RGB in [0, 1], of any size, to the means and the logarithms of the variances of independent normal
    distributions, ``(B, latent)`` each, float32: a strided convolution, residual blocks that halve the sides, the mean
    over all places, two linear layers. There is no normalisation: that of instances would take out the very styles
    that are sought (Huang and Belongie 2017).

    Args:
        latent: length of the vectors.
        width: channels of the first maps; each further ones have twice as many, up to four times.
        blocks: residual blocks.
    """

    def __init__(
        self,
        *,
        latent: Annotated[int, Field(gt=0)] = 8,
        width: Annotated[int, Field(gt=0)] = 64,
        blocks: Annotated[int, Field(ge=0)] = 4,
    ) -> None:
        super().__init__()
        self.latent = latent
        widths = [width * min(2**step, 4) for step in range(blocks + 1)]
        self.stem = weighted(nn.Conv2d(3, width, 3, 2, 1), norm="none", std=None)
        self.blocks = nn.Sequential(*(_Halving(inputs, outputs) for inputs, outputs in pairwise(widths)))
        self.mean = weighted(nn.Linear(widths[-1], latent), norm="none")
        self.log_variance = weighted(nn.Linear(widths[-1], latent), norm="none")

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of variances."""
        features = F.leaky_relu(self.blocks(self.stem(2.0 * picture - 1.0)), SLOPE).mean((2, 3))
        return self.mean(features).float(), self.log_variance(features).float()


class _Halving(nn.Module):
    """Two 3x3 convolutions and a skip of 1x1, averaged over 2x2 places."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = weighted(nn.Conv2d(inputs, inputs, 3, padding=1), norm="none", std=None)
        self.second = weighted(nn.Conv2d(inputs, outputs, 3, padding=1), norm="none", std=None)
        self.skip = weighted(nn.Conv2d(inputs, outputs, 1), norm="none", std=None)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.leaky_relu(self.first(F.leaky_relu(x, SLOPE)), SLOPE)
        # Averages and convolutions of single places commute; the sum of two like maps has twice the variance.
        result: Tensor = 0.5**0.5 * (_halved(self.second(inner)) + self.skip(_halved(x)))
        return result


def _halved(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True)
