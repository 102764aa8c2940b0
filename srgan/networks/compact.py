"""The fast super-resolution generator: plain 3x3 convolutions at low resolution."""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.blocks import InterpolationSkip, ResidualBlock, balance, shuffle_stages
from srgan.networks.generator import Generator

__all__ = ["Compact"]


class Compact(Generator):
    """Residual blocks of 3x3 convolutions, a long skip and one pixel shuffle over an interpolated picture.

    ``(B, 3, h, w)`` in [0, 1] to ``(B, 3, h * scale, w * scale)``, not clipped. Nothing but convolutions and ReLU, so
    that CPUs and GPUs run it near their limit: EDSR's block (Lim et al. 2017) with ESPCN's tail (Shi et al. 2016).

    Args:
        scale: 1, 2, 3, 4 or 8.
        channels: width; 48 or 64 use CPUs best.
        blocks: residual blocks of two convolutions.
        skip: interpolation under the learnt detail.
        balanced: the sub-pixels of a place get equal weight, so that smooth areas stay free of the grid that
            adversarial and perceptual losses otherwise draw into them; see `balance`. It costs nothing in a trained
            model.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        channels: int = 64,
        blocks: int = 8,
        skip: Literal["bicubic", "nearest"] = "bicubic",
        balanced: bool = False,
    ) -> None:
        super().__init__()
        shuffle_stages(scale)
        self.scale, self.balanced = scale, balanced
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks)))
        self.fuse = nn.Conv2d(channels, channels, 3, padding=1)
        self.tail = nn.Conv2d(channels, 3 * scale * scale, 3, padding=1)
        self.skip = InterpolationSkip(scale, mode=skip)
        self._initialise()

    def _initialise(self) -> None:
        """Start close to the interpolated picture: small residual branches, a small tail."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            if isinstance(module, ResidualBlock):
                nn.init.kaiming_normal_(module.second.weight, nonlinearity="relu")
        for module in self.modules():
            if isinstance(module, ResidualBlock):
                module.second.weight.data.mul_(0.1)
        self.tail.weight.data.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Upscale a batch."""
        features = self.head(x - 0.5)
        features = features + self.fuse(self.body(features))
        if self.balanced:
            weight, bias = (balance(parameter, self.scale) for parameter in self.tail.parameters())
            detail = F.conv2d(features, weight, bias, padding=1)
        else:
            detail = self.tail(features)
        return F.pixel_shuffle(self.skip(x) + detail, self.scale)
