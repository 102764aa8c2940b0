"""The U-Net of pix2pix."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.feature_generator import FeatureGenerator
from srgan.networks.translating import Modulation, TranslationNorm, Upsample, enlarging, norm_of, picture_of, started

__all__ = ["TranslationUNet"]

_DROPPED = 3


class TranslationUNet(FeatureGenerator):
    """The U-Net of pix2pix (Isola et al. 2017, arXiv 1611.07004, 6.1.1), ``(B, 3, H, W)`` in [0, 1] to the same.

    `depth` convolutions of 4x4 that halve the sides, LeakyReLU(0.2) between them, and as many ways back, ReLU before
    each, which see the maps of that size as well. No normalisation after the first and the innermost convolution: what
    is left there may be a single place. With ``upsample = "transposed"`` and ``norm = "batch"`` this is the paper's
    network, 54.4 M parameters.

    Layers for `features`: 0 is the picture, n the map after the n-th halving and its normalisation.

    Args:
        width: channels of the first maps; each further ones have twice as many.
        most: times `width`, channels that maps have at most.
        depth: how often the sides are halved; they must divide by ``2**depth``.
        norm: of the maps; ``"instance"`` does the same in training, evaluation and the exported file.
        dropout: half of the values of the innermost ways back, at most three, are dropped in training; in evaluation
            and in the exported file there is no dropout.
        upsample: ``"resize"`` draws no checkerboards, ``"transposed"`` is the paper's.
        latent: length of a latent vector that modulates the ways back; 0 for none.
        detail: channels of a last stage at full size that sees the picture itself beside the maps; 0 for none, as in
            the paper, whose network has to redraw lines of a pixel or two from maps of half the size.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(gt=0)] = 64,
        most: Annotated[int, Field(gt=0)] = 8,
        depth: Annotated[int, Field(ge=2, le=10)] = 8,
        norm: TranslationNorm = "instance",
        dropout: bool = False,
        upsample: Upsample = "resize",
        latent: Annotated[int, Field(ge=0)] = 0,
        detail: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        self.latent, self.dropout = latent, dropout
        self.multiple_of = self.minimum = 2**depth
        widths = [width * min(2**step, most) for step in range(depth)]
        self.map_channels = (3, *widths)
        norms = ["none", *[norm] * (depth - 2), "none"]
        self.down = nn.ModuleList(
            started(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=kind == "none"), norm=kind)
            for (inputs, outputs), kind in zip(pairwise(self.map_channels), norms, strict=True)
        )
        self.down_norms = nn.ModuleList(norm_of(channels, kind) for channels, kind in zip(widths, norms, strict=True))
        # From the inside out; all but the innermost see the map of their size as well.
        outputs = widths[-2::-1]
        inputs = [widths[-1], *(2 * channels for channels in outputs)]
        self.up = nn.ModuleList(
            enlarging(entering, leaving, upsample=upsample, norm=norm)
            for entering, leaving in zip(inputs[:-1], outputs, strict=True)
        )
        self.up_norms = nn.ModuleList(norm_of(channels, norm) for channels in outputs)
        self.styles = nn.ModuleList(Modulation(latent, channels) for channels in outputs if latent)
        self.tail = enlarging(inputs[-1], detail or 3, upsample=upsample, norm="none")
        self.full = nn.Conv2d(detail + 3, 3, 3, padding=1) if detail else None
        # The tangent starts in its middle.
        nn.init.normal_((self.full or self.tail[-1]).weight, 0.0, 0.02)  # type: ignore[arg-type]

    def forward(self, x: Tensor, latent: Tensor | None = None) -> Tensor:
        """Translate a batch.

        Args:
            x: ``(B, 3, H, W)``, sides that divide by `multiple_of`.
            latent: ``(B, latent)``, for a network with one.

        Raises:
            ValueError: the latent vectors are missing, superfluous or of another length.
        """
        self.check_latent(latent)
        picture, *skips, x = self.maps(x, latent)
        for step, (stage, norm, skip) in enumerate(zip(self.up, self.up_norms, reversed(skips), strict=True)):
            x = norm(stage(F.relu(x)))
            if latent is not None:
                x = self.styles[step](x, latent)
            if self.dropout and step < _DROPPED:
                x = F.dropout(x, 0.5, self.training)
            x = torch.cat([x, skip], 1)
        x = self.tail(F.relu(x))
        return picture_of(x if self.full is None else self.full(torch.cat([F.relu(x), picture], 1)))

    def maps(self, x: Tensor, latent: Tensor | None) -> Iterator[Tensor]:
        """The picture in [-1, 1] and the maps of the ways in; the latent vector does not matter to them."""
        del latent
        x = 2.0 * x - 1.0
        yield x
        for step, (stage, norm) in enumerate(zip(self.down, self.down_norms, strict=True)):
            x = norm(stage(F.leaky_relu(x, 0.2) if step else x))
            yield x
