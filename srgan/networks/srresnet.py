"""The generator of the SRGAN paper."""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.blocks import InterpolationSkip, ResidualBlock, icnr_, shuffle_stages
from srgan.networks.generator import Generator

__all__ = ["SRResNet"]


class SRResNet(Generator):
    """SRResNet, the generator of SRGAN (Ledig et al. 2017, arXiv 1609.04802, Fig. 4).

    ``(B, 3, h, w)`` in [0, 1] to ``(B, 3, h * scale, w * scale)``, not clipped. With the defaults this is the paper's
    network (1.55 M parameters at x4) up to its output range: the paper works on [-1, 1], which is done inside.

    Args:
        scale: 1, 2, 3, 4 or 8; the paper has 4.
        channels: width of the residual blocks.
        blocks: residual blocks.
        batch_norm: batch normalisation as in the paper; without it (EDSR, MSRResNet) the output is better.
        icnr: start the upsampling convolutions free of checkerboards.
        skip: add the result to an interpolated picture, ``"none"`` as in the paper.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        channels: int = 64,
        blocks: int = 16,
        batch_norm: bool = True,
        icnr: bool = True,
        skip: Literal["none", "bicubic", "nearest"] = "none",
    ) -> None:
        super().__init__()
        self.scale = scale
        self.head = nn.Sequential(nn.Conv2d(3, channels, 9, padding=4), nn.PReLU())
        self.body = nn.Sequential(
            *(ResidualBlock(channels, activation="prelu", batch_norm=batch_norm) for _ in range(blocks))
        )
        self.fuse = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=not batch_norm),
            nn.BatchNorm2d(channels) if batch_norm else nn.Identity(),
        )
        self.upsample = nn.Sequential(*(_UpsampleStage(channels, s, icnr=icnr) for s in shuffle_stages(scale)))
        self.tail = nn.Conv2d(channels, 3, 9, padding=4)
        self.skip = None if skip == "none" else InterpolationSkip(scale, mode=skip)
        if self.skip is not None:
            self.tail.weight.data.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Upscale a batch."""
        features = self.head(2.0 * x - 1.0)
        features = features + self.fuse(self.body(features))
        result: Tensor = 0.5 * self.tail(self.upsample(features))
        if self.skip is None:
            return result + 0.5
        return result + F.pixel_shuffle(self.skip(x), self.scale)


class _UpsampleStage(nn.Sequential):
    """Convolution, pixel shuffle, PReLU."""

    def __init__(self, channels: int, factor: int, *, icnr: bool) -> None:
        convolution = nn.Conv2d(channels, channels * factor**2, 3, padding=1)
        if icnr:
            icnr_(convolution.weight, factor)
            nn.init.constant_(convolution.bias, 0.0)  # type: ignore[arg-type]
        super().__init__(convolution, nn.PixelShuffle(factor), nn.PReLU())
