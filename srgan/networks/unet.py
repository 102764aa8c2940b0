"""The discriminator that judges every pixel."""

from functools import partial
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.judging import judging_layer, weighted

__all__ = ["UNet"]


class UNet(Discriminator):
    """U-Net with spectral normalisation, the discriminator of Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833).

    One score a pixel, ``(B, 1, H, W)``, each of which sees up to 64x64 pixels. A 3x3 convolution,
    three of 4x4 with stride 2 that double the channels, three times bilinear upsampling, 3x3 convolution and the sum
    with the map of that size, two more 3x3 convolutions, all with LeakyReLU(0.2), and the scores. 4.38 M parameters.

    The weights start as in He et al. 2015, those of the scores as N(0, 0.02).

    Args:
        width: channels of the first layer.
        norm: ``"spectral"`` normalises the weights of all but the first and the last layer (Miyato et al. 2018).
        downsampling: ``"antialiased"`` puts a binomial blur before each strided convolution (Zhang 2019, "Making
            Convolutional Networks Shift-Invariant Again"), so that the discriminator itself prefers no pixel grid.
        condition_channels: channels of the condition.
    """

    minimum = 8

    def __init__(
        self,
        *,
        width: int = 64,
        norm: Literal["spectral", "none"] = "spectral",
        downsampling: Literal["strided", "antialiased"] = "strided",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        self.condition_channels = condition_channels
        layer = partial(judging_layer, norm=norm, downsampling=downsampling, bias=False)
        self.head = judging_layer(3 + condition_channels, width, 3)
        self.down = nn.ModuleList(layer(step * width, 2 * step * width, 4, stride=2) for step in (1, 2, 4))
        self.up = nn.ModuleList(layer(2 * step * width, step * width, 3) for step in (4, 2, 1))
        self.tail = nn.ModuleList(layer(width, width, 3) for _ in range(2))
        self.score = weighted(nn.Conv2d(width, 1, 3, padding=1), norm="none")

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch."""
        features = [self.head(x)]
        for stage in self.down:
            features.append(stage(features[-1]))
        x = features[-1]
        for stage, skip in zip(self.up, features[2::-1], strict=True):
            x = stage(F.interpolate(x, size=skip.shape[-2:], mode="bilinear")) + skip
            features.append(x)
        for stage in self.tail:
            x = stage(x)
            features.append(x)
        return Judgement([self.score(x).float()], features)
