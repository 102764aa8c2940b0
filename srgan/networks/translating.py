"""Layers that generators of image-to-image translation share."""

from typing import Literal

import torch
from torch import Tensor, nn

from srgan.networks.judging import weighted
from srgan.networks.reference_norm import normalisation

__all__ = ["Modulation", "Padding", "TranslationNorm", "Upsample", "enlarging", "norm_of", "picture_of", "started"]

TranslationNorm = Literal["instance", "batch", "none"]
Upsample = Literal["resize", "transposed"]
Padding = Literal["reflect", "zeros"]


def started(layer: nn.Conv2d | nn.ConvTranspose2d, *, norm: str) -> nn.Module:
    """Give a convolution its first weights: N(0, 0.02) as in pix2pix, or as in He et al. 2015 where no norm follows.

    Args:
        layer: changed in place.
        norm: what follows; ``"none"`` restores no scale.
    """
    if isinstance(layer, nn.Conv2d):
        return weighted(layer, norm="none", std=None if norm == "none" else 0.02)
    # A transposed convolution of 4x4 in steps of 2 sums up a quarter of its kernel at every place.
    std = (2.0 / (layer.in_channels * 4)) ** 0.5 if norm == "none" else 0.02
    nn.init.normal_(layer.weight, 0.0, std)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def norm_of(channels: int, norm: str) -> nn.Module:
    """A normalisation of maps with learnt scale and shift, one of `TranslationNorm`.

    ``"instance"`` keeps no running statistics: training, evaluation and the exported file do the same.
    """
    return normalisation(channels, norm=norm, reference=0)


def enlarging(inputs: int, outputs: int, *, upsample: str, norm: str, padding_mode: Padding = "zeros") -> nn.Sequential:
    """Twice the sides: ``(B, inputs, h, w)`` to ``(B, outputs, 2 h, 2 w)``.

    Args:
        inputs: channels that enter.
        outputs: channels that leave.
        upsample: ``"resize"`` repeats pixels and convolves 3x3, which draws no checkerboards (Odena et al. 2016);
            ``"transposed"`` is a transposed convolution of 4x4, as in pix2pix.
        norm: what the caller puts behind; with one there is no bias.
        padding_mode: of the 3x3 convolution.
    """
    bias = norm == "none"
    if upsample == "transposed":
        return nn.Sequential(started(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias), norm=norm))
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias, padding_mode=padding_mode)
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), started(convolution, norm=norm))


def picture_of(maps: Tensor) -> Tensor:
    """The picture of the last convolution's maps: a tangent to [0, 1], in float32 whatever the maps are in."""
    return 0.5 * torch.tanh(maps.float()) + 0.5


class Modulation(nn.Module):
    """Scale and shift of maps by a latent vector: ``x * (1 + gamma(z)) + beta(z)``, with one linear layer for both.

    It stands between a normalisation and its activation. Elsewhere an instance normalisation would take out again
    whatever is the same at all places, latent vectors spread over additional input channels (BicycleGAN, Zhu et al.
    2017) among them.

    Args:
        latent: length of the vectors.
        channels: of the maps.
    """

    def __init__(self, latent: int, channels: int) -> None:
        super().__init__()
        self.affine = nn.Linear(latent, 2 * channels)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """Scale and shift ``(B, channels, H, W)`` by ``(B, latent)``."""
        gamma, beta = self.affine(latent)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(beta + x, x, gamma)
