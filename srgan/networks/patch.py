"""The discriminator that judges patches."""

from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.judging import BinomialBlur, judging_layer, weighted

__all__ = ["Patch"]


class Patch(Discriminator):
    """PatchGAN (Isola et al. 2017, "Image-to-Image Translation with Conditional Adversarial Networks", 6.1.2).

    One score for every patch: ``(B, 1, h, w)``, a step of ``2**layers`` pixels apart. Convolutions of 4x4 with zero
    padding, LeakyReLU(0.2): C64-C128-C256 strided, C512 and the scores not. With the defaults a score sees 70x70
    pixels, and the network has 2.77 M parameters.

    The weights start as N(0, 0.02), as in the paper; without batch or instance normalisation those before the scores
    as in He et al. 2015.

    Args:
        width: channels of the first layer; each further one doubles them, up to eight times.
        layers: how many of them halve the resolution; with 1 to 4 a score sees 16, 34, 70 or 142 pixels.
        norm: after the inner convolutions (``"batch"``, ``"instance"``), or spectral normalisation of all
            convolutions (Miyato et al. 2018).
        downsampling: ``"antialiased"`` puts a binomial blur before each loss of resolution (Zhang 2019, "Making
            Convolutional Networks Shift-Invariant Again"), so that the discriminator itself prefers no pixel grid.
            With it a score sees 84 pixels at 3 layers.
        condition_channels: channels of the condition.

    Raises:
        ValueError: no layers.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        layers: int = 3,
        norm: Literal["batch", "instance", "spectral", "none"] = "batch",
        downsampling: Literal["strided", "antialiased"] = "strided",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"layers = {layers}: at least one must halve the resolution")
        self.condition_channels = condition_channels
        self.minimum = 3 * 2**layers
        outer = norm if norm == "spectral" else "none"
        widths = [width * min(2**index, 8) for index in range(layers + 1)]
        stages = [_first(3 + condition_channels, width, norm=outer, downsampling=downsampling)]
        for inputs, outputs in pairwise(widths[:-1]):
            stages.append(judging_layer(inputs, outputs, 4, stride=2, norm=norm, downsampling=downsampling))
        stages.append(judging_layer(widths[-2], widths[-1], 4, norm=norm))
        self.stages = nn.ModuleList(stages)
        self.score = weighted(nn.Conv2d(widths[-1], 1, 4, padding=1), norm=norm)

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch."""
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return Judgement([self.score(x).float()], features)


def _first(inputs: int, width: int, *, norm: str, downsampling: str) -> nn.Sequential:
    """The layer that sees the picture. Antialiased, it is dense: a blurred picture has lost its finest detail."""
    if downsampling == "strided":
        return judging_layer(inputs, width, 4, stride=2, norm=norm)
    return nn.Sequential(*judging_layer(inputs, width, 4, norm=norm), BinomialBlur(width, stride=2))
