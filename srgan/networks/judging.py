"""Layers that discriminators share."""

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from srgan.networks.reference_norm import normalisation

__all__ = ["BinomialBlur", "judging_layer", "projection", "weighted"]

SLOPE = 0.2
Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


def weighted(layer: Layer, *, norm: str, std: float | None = 0.02) -> Layer:
    """Give a layer its first weights, and spectral normalisation where `norm` asks for it; biases start as 0.

    Args:
        layer: changed in place.
        norm: ``"spectral"`` divides the weights by their largest singular value (Miyato et al. 2018).
        std: of the normal distribution of the weights: 0.02 as in DCGAN (Radford et al. 2016). None keeps the scale of
            the signals through LeakyReLU(0.2) (He et al. 2015), for layers without a normalisation that restores it.
    """
    if std is None:
        nn.init.kaiming_normal_(layer.weight, a=SLOPE, nonlinearity="leaky_relu")
    else:
        nn.init.normal_(layer.weight, 0.0, std)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    if norm == "spectral":
        spectral_norm(layer)
    return layer


def judging_layer(
    inputs: int,
    outputs: int,
    kernel: int,
    *,
    stride: int = 1,
    norm: str = "none",
    downsampling: str = "strided",
    bias: bool = True,
    reference: int = 32,
) -> nn.Sequential:
    """A layer of a discriminator: perhaps a blur, a convolution, its normalisation, LeakyReLU(0.2).

    The padding is 1 for kernels of 3 and 4, none for 1, 2 for 5.

    A blur and a convolution commute: a strided convolution of the blurred map is the blurred result of a dense
    convolution (Zhang 2019) for a quarter of the work.

    Weights start as N(0, 0.02) and those of the normalisation as N(1, 0.02); without a normalisation of the maps as
    in He et al. 2015.

    Args:
        inputs: channels that enter.
        outputs: channels that leave.
        kernel: side of the kernel.
        stride: of the convolution.
        norm: of the maps, as `normalisation`, ``"spectral"`` (of the weights) or ``"none"``.
        downsampling: ``"antialiased"`` puts a `BinomialBlur` before a strided convolution, ``"strided"`` does not.
        bias: of a convolution without normalisation of the maps, which has its own.
        reference: samples in front that reference and virtual normalisation go by.
    """
    normalised = norm not in ("spectral", "none")
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=bias and not normalised)
    weighted(convolution, norm=norm, std=0.02 if normalised else None)
    modules: list[nn.Module] = [convolution]
    if stride > 1 and downsampling == "antialiased":
        modules.insert(0, BinomialBlur(inputs))
    if normalised:
        modules.append(normalisation(outputs, norm=norm, reference=reference))
    return nn.Sequential(*modules, nn.LeakyReLU(SLOPE))


def projection(inputs: int, outputs: int, *, norm: str = "none") -> nn.Sequential:
    """A condition on its way into a network: a linear map and LeakyReLU(0.2) (Reed et al. 2016, GAN-CLS).

    The inputs are expected to have a length of about 1, as sentences of the text encoders and one-hot classes have;
    what comes out starts with a mean square of about 1.

    Args:
        inputs: length of the condition.
        outputs: length of what comes out.
        norm: as `weighted`.
    """
    layer = nn.Linear(inputs, outputs)
    weighted(layer, norm=norm, std=(2.0 / (1.0 + SLOPE**2)) ** 0.5)
    return nn.Sequential(layer, nn.LeakyReLU(SLOPE))


class BinomialBlur(nn.Module):
    """Blur with the fixed kernel [1 2 1] x [1 2 1] / 16: ``(B, C, H, W)`` to every `stride`-th place of it.

    Before a loss of resolution it takes away the detail that would come back as a coarse pattern (Zhang 2019, "Making
    Convolutional Networks Shift-Invariant Again"). Zeros beyond the border, like those of the convolutions around.

    Args:
        channels: C.
        stride: distance of the results.
    """

    weight: Tensor

    def __init__(self, channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("weight", (line[:, None] * line).repeat(channels, 1, 1, 1), False)

    def forward(self, x: Tensor) -> Tensor:
        """Blur."""
        x = F.conv2d(x, self.weight, padding=1, groups=len(self.weight))
        # Strided depthwise convolutions are slow backwards on CPUs in bfloat16; pooling of single places is not.
        return x if self.stride == 1 else F.avg_pool2d(x, 1, self.stride)
