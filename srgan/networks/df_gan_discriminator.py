"""The discriminator of DF-GAN: one score of picture and sentence together."""

from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.judging import judging_layer, weighted
from srgan.networks.strided import halvings

__all__ = ["DfGanDiscriminator"]


class DfGanDiscriminator(Discriminator):
    """The discriminator of DF-GAN (Tao et al. 2022, arXiv 2008.05865): one score a picture, ``(B, 1)``.

    A convolution, residual blocks that halve the sides down to 4x4 places, and the one-way output: the condition,
    repeated at these places, beside the maps, a convolution, LeakyReLU(0.2), a convolution of all places. There is no
    normalisation of the maps, so that penalties hold. ``width=32`` is the paper's.

    Args:
        size: side of the pictures: 8, 16, 32, 64, 128 ...
        width: channels of the first maps; they double up to eight times.
        norm: ``"spectral"`` normalises the weights of all layers (Miyato et al. 2018); the paper has none.
        conditioning: where the condition enters: ``"concatenate"`` beside the 4x4 maps, a vector only; ``"input"``
            beside the picture, a vector repeated at every place.
        condition_channels: channels of the condition, 0 for none.

    Raises:
        ValueError: `size` is not 4 times a power of 2.
    """

    def __init__(
        self,
        *,
        size: int = 64,
        width: Annotated[int, Field(gt=0)] = 32,
        norm: Literal["spectral", "none"] = "none",
        conditioning: Literal["input", "concatenate"] = "concatenate",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        self.size, self.condition_channels, self.conditioning = size, condition_channels, conditioning
        widths = [width * min(2**step, 8) for step in range(halvings(size) + 1)]
        early, late = (condition_channels, 0) if conditioning == "input" else (0, condition_channels)
        self.stem = weighted(nn.Conv2d(3 + early, width, 3, padding=1), norm=norm, std=None)
        self.blocks = nn.ModuleList(Halving(inputs, outputs, norm=norm) for inputs, outputs in pairwise(widths))
        self.joint = judging_layer(widths[-1] + late, 2 * width, 3, norm=norm, bias=False)
        self.score = weighted(nn.Conv2d(2 * width, 1, 4, bias=False), norm=norm, std=None)

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch.

        Raises:
            ValueError: the pictures have another size, or the condition is no vector where it must be one.
        """
        if self.condition_channels and self.conditioning == "concatenate":
            raise ValueError(
                'conditioning = "concatenate" takes vectors as condition, but this one is made of pictures; '
                'use conditioning = "input"'
            )
        return self._judge(x, None)

    def judge_with(self, x: Tensor, vector: Tensor) -> Judgement:
        """Judge a batch under vectors."""
        return super().judge_with(x, vector) if self.conditioning == "input" else self._judge(x, vector)

    def _judge(self, x: Tensor, vector: Tensor | None) -> Judgement:
        height, width = x.shape[-2:]
        if (height, width) != (self.size, self.size):
            raise ValueError(f"pictures of {width}x{height}, but this discriminator is made for size = {self.size}")
        features = [self.stem(x)]
        for block in self.blocks:
            features.append(block(features[-1]))
        return self._scored(features, vector)

    def rejudge(self, judgement: Judgement, vector: Tensor) -> Judgement:
        """Judge the same pictures under other vectors, such as those of other captions, at hardly any cost.

        Args:
            judgement: of these pictures, by this network with the weights that it has, conditions concatenated.
            vector: ``(B, condition_channels)``.
        """
        return self._scored(judgement.features[:-1], vector)

    def _scored(self, maps: list[Tensor], vector: Tensor | None) -> Judgement:
        x = maps[-1]
        if vector is not None:
            x = torch.cat([x, vector.to(x.dtype)[:, :, None, None].expand(-1, -1, 4, 4)], 1)
        joint = self.joint(x)
        return Judgement([self.score(joint).flatten(1).float()], [*maps, joint])


class Halving(nn.Module):
    """DF-GAN's DBlock: ``(B, inputs, H, W)`` to ``(B, outputs, H / 2, W / 2)``.

    Two convolutions in a residual whose gate is 0 at the start, beside the average of 2x2 places.

    Args:
        inputs: channels that enter.
        outputs: channels that leave; where they differ a 1x1 convolution is in the skip.
        norm: as `weighted`.
    """

    def __init__(self, inputs: int, outputs: int, *, norm: str) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            judging_layer(inputs, outputs, 4, stride=2, norm=norm, bias=False),
            judging_layer(outputs, outputs, 3, norm=norm, bias=False),
        )
        self.gate = nn.Parameter(torch.zeros(1))
        self.skip: nn.Module = nn.Identity()
        if inputs != outputs:
            self.skip = weighted(nn.Conv2d(inputs, outputs, 1), norm=norm, std=inputs**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Halve the sides."""
        # Averages and convolutions of single places commute.
        result: Tensor = self.skip(F.avg_pool2d(x, 2)) + self.gate.to(x.dtype) * self.residual(x)
        return result
