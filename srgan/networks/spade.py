"""The generator of SPADE, for label maps."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.generator import Generator
from srgan.networks.instance_norm import InstanceNorm
from srgan.networks.translating import picture_of, started

__all__ = ["Spade", "SpadeNorm"]

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", description="colours #rrggbb")]


class Spade(Generator):
    """Spatially-adaptive normalisation (Park et al. 2019, arXiv 1903.07291), ``(B, 3, H, W)`` in [0, 1] to the same.

    The label map does not enter as a picture, which normalisations would wash out: it scales and shifts the normalised
    maps of every layer. A 3x3 convolution of the map at its smallest, then at each size a residual block, with pixels
    repeated between them, LeakyReLU(0.2), and a 3x3 convolution to the picture.

    Unlike the paper's it normalises by instances, not by batches, so that training, evaluation and the exported file do
    the same, takes averages of the map for the smaller sizes, not single pixels, and has no spectral normalisation.

    Args:
        width: channels at the full size; each halving of the sides doubles them, up to eight times.
        ups: how often the sides are doubled; they must divide by ``2**ups``.
        palette: the colours of the labels, ``"#rrggbb"``: each pixel becomes one-hot by the nearest of them. None: the
            picture itself modulates.
        hidden: channels between the label map and what it says to each layer; the paper has 128.
        latent: length of a latent vector that each layer sees beside the label map; 0 for none.

    Raises:
        ValueError: the palette has less than two colours, or one of them twice.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(gt=0)] = 32,
        ups: Annotated[int, Field(ge=1, le=9)] = 5,
        palette: list[Colour] | None = None,
        hidden: Annotated[int, Field(gt=0)] = 64,
        latent: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.multiple_of = 2**ups
        # A single place has no variance.
        self.minimum = 2 * self.multiple_of
        self.labels = None if palette is None else NearestColour(palette)
        labels = 3 if palette is None else len(palette)
        widths = [width * min(2**level, 8) for level in range(ups, -1, -1)]
        self.head = started(nn.Conv2d(labels, widths[0], 3, padding=1), norm="instance")
        self.blocks = nn.ModuleList(
            _Block(inputs, outputs, labels=labels, hidden=hidden, latent=latent)
            for inputs, outputs in pairwise([widths[0], *widths])
        )
        self.tail = started(nn.Conv2d(width, 3, 3, padding=1), norm="instance")

    def forward(self, x: Tensor, latent: Tensor | None = None) -> Tensor:
        """Translate a batch.

        Args:
            x: ``(B, 3, H, W)``, sides that divide by `multiple_of`.
            latent: ``(B, latent)``, for a network with one.

        Raises:
            ValueError: the latent vectors are missing, superfluous or of another length.
        """
        self.check_latent(latent)
        levels = [2.0 * x - 1.0 if self.labels is None else self.labels(x)]
        for _ in self.blocks[1:]:
            levels.append(F.avg_pool2d(levels[-1], 2))
        x = self.head(levels[-1])
        for step, (block, labels) in enumerate(zip(self.blocks, reversed(levels), strict=True)):
            if step:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(x, labels, latent)
        return picture_of(self.tail(F.leaky_relu(x, 0.2)))


class NearestColour(nn.Module):
    """Labels of colours: ``(B, 3, H, W)`` in [0, 1] to one-hot float32 ``(B, colours, H, W)``; of equals, the first.

    Args:
        palette: ``"#rrggbb"``.

    Raises:
        ValueError: less than two colours, one of them twice, or something else than a colour.
    """

    colours: Tensor

    def __init__(self, palette: Sequence[str]) -> None:
        super().__init__()
        rows = [[int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)] for colour in palette]
        if len({tuple(row) for row in rows}) < max(2, len(rows)):
            raise ValueError("palette: at least two colours are needed, each of them once")
        self.register_buffer("colours", torch.tensor(rows), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Label pixels."""
        distances = (x[:, None].float() - self.colours[:, :, None, None]).square().sum(2)
        numbers = torch.arange(len(self.colours), device=x.device)[:, None, None]
        return (distances.argmin(1, keepdim=True) == numbers).float()


class SpadeNorm(nn.Module):
    """Normalised maps, scaled and shifted place by place: ``norm(x) * (1 + gamma(m, z)) + beta(m, z)`` (Eq. 1).

    Gamma and beta come from two 3x3 convolutions with ReLU between. The latent vector enters between them, as if it
    were spread over further channels of the label map: labels can then have styles of their own, and no normalisation
    takes it out again.

    Args:
        channels: of the maps.
        labels: channels of the label map.
        hidden: channels between the convolutions.
        latent: length of the latent vector, 0 for none.
    """

    def __init__(self, channels: int, *, labels: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.norm = InstanceNorm(channels, affine=False)
        self.shared = started(nn.Conv2d(labels, hidden, 3, padding=1), norm="none")
        self.style = nn.Linear(latent, hidden, bias=False) if latent else None
        self.affine = started(nn.Conv2d(hidden, 2 * channels, 3, padding=1), norm="instance")

    def forward(self, x: Tensor, labels: Tensor, latent: Tensor | None) -> Tensor:
        """Normalise ``(B, channels, H, W)`` by ``(B, labels, H, W)`` and ``(B, latent)``."""
        inner = self.shared(labels)
        if self.style is not None and latent is not None:
            inner = inner + self.style(latent)[:, :, None, None]
        gamma, beta = self.affine(F.relu(inner)).chunk(2, 1)
        normal = self.norm(x)
        return torch.addcmul(normal + beta, normal, gamma)


class _Block(nn.Module):
    """Two 3x3 convolutions and a skip, each after a SPADE; the skip has weights where the channels change."""

    def __init__(self, inputs: int, outputs: int, *, labels: int, hidden: int, latent: int) -> None:
        super().__init__()
        options = {"labels": labels, "hidden": hidden, "latent": latent}
        self.first_norm, self.second_norm = SpadeNorm(inputs, **options), SpadeNorm(outputs, **options)
        self.first = started(nn.Conv2d(inputs, outputs, 3, padding=1), norm="instance")
        self.second = started(nn.Conv2d(outputs, outputs, 3, padding=1), norm="instance")
        self.skip_norm, self.skip = None, None
        if inputs != outputs:
            self.skip_norm = SpadeNorm(inputs, **options)
            self.skip = started(nn.Conv2d(inputs, outputs, 1, bias=False), norm="none")

    def forward(self, x: Tensor, labels: Tensor, latent: Tensor | None) -> Tensor:
        inner: Tensor = self.first(F.leaky_relu(self.first_norm(x, labels, latent), 0.2))
        inner = self.second(F.leaky_relu(self.second_norm(inner, labels, latent), 0.2))
        if self.skip_norm is not None and self.skip is not None:
            x = self.skip(self.skip_norm(x, labels, latent))
        return x + inner
