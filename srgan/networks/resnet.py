"""The residual generator of CycleGAN and CUT."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.feature_generator import FeatureGenerator
from srgan.networks.translating import (
    Modulation,
    Padding,
    TranslationNorm,
    Upsample,
    enlarging,
    norm_of,
    picture_of,
    started,
)

__all__ = ["ResNetTranslator"]


class ResNetTranslator(FeatureGenerator):
    """Residual blocks at a quarter of the sides (Johnson et al. 2016; CycleGAN, Zhu et al. 2017, arXiv 1703.10593).

    ``(B, 3, H, W)`` in [0, 1] to the same: 7x7 convolution, strided 3x3 convolutions, residual blocks, as many ways
    back up, 7x7 convolution, with ReLU. 11.4 M parameters with the defaults.

    Layers for `features` are numbered as in the code of CUT (Park et al. 2020, arXiv 2007.15651), so that its layers
    0, 4, 8, 12, 16 are what the paper says: the picture, the two strided convolutions, the first and the fifth block.
    0 is the picture in [-1, 1]; 1, 2 and 3 are the first convolution, its normalisation and its activation; 4, 5, 6
    the same of the first strided one, 7 is 6 once more (CUT blurs there); 8 to 11 the second; from 12 on the blocks.
    With other `downsamplings` the blocks begin at ``4 * downsamplings + 4``.

    Args:
        width: channels of the first maps; each halving of the sides doubles them.
        blocks: residual blocks of two convolutions; the papers have 6 for 128 pixels and 9 for 256.
        downsamplings: how often the sides are halved; they must divide by ``2**downsamplings``.
        norm: of the maps; ``"instance"`` does the same in training, evaluation and the exported file.
        padding: what the convolutions see beyond the border; the way back up of ``"transposed"`` has always zeros.
        upsample: ``"resize"`` draws no checkerboards, ``"transposed"`` are transposed convolutions.
        latent: length of a latent vector that modulates the blocks; 0 for none.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(gt=0)] = 64,
        blocks: Annotated[int, Field(gt=0)] = 9,
        downsamplings: Annotated[int, Field(ge=0, le=6)] = 2,
        norm: TranslationNorm = "instance",
        padding: Padding = "reflect",
        upsample: Upsample = "resize",
        latent: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.multiple_of = 2**downsamplings
        # A reflected border is narrower than the map, and a single place has no variance. Of 2x2 places every
        # normalisation makes the rounding of the one before larger: 9 blocks then lose three digits.
        self.minimum = 4 * self.multiple_of
        bias = norm == "none"
        widths = [width * 2**step for step in range(downsamplings + 1)]
        stages: list[nn.Module] = []
        for step, channels in enumerate(widths):
            if step:
                convolution = nn.Conv2d(widths[step - 1], channels, 3, 2, 1, bias=bias, padding_mode=padding)
            else:
                convolution = nn.Conv2d(3, channels, 7, padding=3, bias=bias, padding_mode=padding)
            stages.append(started(convolution, norm=norm))
        self.stages = nn.ModuleList(stages)
        self.norms = nn.ModuleList(norm_of(channels, norm) for channels in widths)
        self.blocks = nn.ModuleList(
            _Block(widths[-1], norm=norm, padding=padding, latent=latent) for _ in range(blocks)
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                enlarging(2 * channels, channels, upsample=upsample, norm=norm, padding_mode=padding),
                norm_of(channels, norm),
            )
            for channels in widths[-2::-1]
        )
        self.tail = nn.Conv2d(width, 3, 7, padding=3, padding_mode=padding)
        # The tangent starts in its middle.
        started(self.tail, norm="batch")
        first = (3, *[width] * 3)
        self.map_channels = (*first, *(c for c in widths[1:] for _ in range(4)), *[widths[-1]] * blocks)

    def forward(self, x: Tensor, latent: Tensor | None = None) -> Tensor:
        """Translate a batch.

        Args:
            x: ``(B, 3, H, W)``, sides that divide by `multiple_of`.
            latent: ``(B, latent)``, for a network with one.

        Raises:
            ValueError: the latent vectors are missing, superfluous or of another length.
        """
        self.check_latent(latent)
        for maps in self.maps(x, latent):
            x = maps
        for stage in self.up:
            x = F.relu(stage(x))
        return picture_of(self.tail(x))

    def maps(self, x: Tensor, latent: Tensor | None) -> Iterator[Tensor]:
        """The maps up to the last block."""
        x = 2.0 * x - 1.0
        yield x
        for step, (convolution, norm) in enumerate(zip(self.stages, self.norms, strict=True)):
            x = convolution(x)
            yield x
            x = norm(x)
            yield x
            x = F.relu(x)
            yield x
            if step:
                yield x
        for block in self.blocks:
            x = block(x, latent)
            yield x


class _Block(nn.Module):
    """Two 3x3 convolutions and a skip, no activation behind the sum."""

    def __init__(self, channels: int, *, norm: str, padding: Padding, latent: int) -> None:
        super().__init__()
        bias = norm == "none"
        first = nn.Conv2d(channels, channels, 3, padding=1, bias=bias, padding_mode=padding)
        second = nn.Conv2d(channels, channels, 3, padding=1, bias=bias, padding_mode=padding)
        self.first, self.second = started(first, norm=norm), started(second, norm=norm)
        self.first_norm, self.second_norm = norm_of(channels, norm), norm_of(channels, norm)
        self.style = Modulation(latent, channels) if latent else None
        if norm == "none":
            # Otherwise the maps would double from block to block.
            second.weight.data.mul_(0.1)

    def forward(self, x: Tensor, latent: Tensor | None) -> Tensor:
        inner: Tensor = self.first_norm(self.first(x))
        if self.style is not None and latent is not None:
            inner = self.style(inner, latent)
        inner = self.second_norm(self.second(F.relu(inner)))
        return x + inner
