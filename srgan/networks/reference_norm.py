"""Batch normalisation by a fixed batch: no picture changes what becomes of another (Salimans et al. 2016, 3.5)."""

from typing import Literal

import torch
from torch import Tensor, nn

from srgan.networks.instance_norm import InstanceNorm

__all__ = ["Norm", "ReferenceBatch", "ReferenceNorm", "normalisation"]

Norm = Literal["batch", "reference", "virtual", "instance", "none"]


class ReferenceBatch(nn.Module):
    """The fixed batch: ``(B, ...)`` to ``(count + B, ...)``, itself before what it is given.

    The statistics in a network depend on its weights, so the fixed batch goes through it in every call. It is kept
    with the weights, in a buffer of a fixed shape.

    Args:
        count: of the samples in it.
        shape: of one sample.
        learnt: it becomes the first `count` samples of the first batch that comes in training mode, repeated where
            they are fewer; until then it is noise. Otherwise it stays what `values` are.
        values: ``(count, *shape)``; None draws them from N(0, 1).
    """

    values: Tensor
    known: Tensor

    def __init__(self, count: int, *shape: int, learnt: bool = True, values: Tensor | None = None) -> None:
        super().__init__()
        self.count, self.learnt = count, learnt
        self.register_buffer("values", torch.randn(count, *shape) if values is None else values)
        if learnt:
            self.register_buffer("known", torch.zeros((), dtype=torch.bool))

    def forward(self, x: Tensor) -> Tensor:
        """Put the fixed batch before `x`."""
        if self.learnt and self.training:
            places = torch.arange(self.count, device=x.device) % len(x)
            # A choice by value: to ask the flag would wait for the GPU, and a flag of Python is not kept with the
            # weights.
            self.values.copy_(torch.where(self.known, self.values, x.detach()[places].to(self.values.dtype)))
            self.known.fill_(True)
        return torch.cat([self.values.to(x.dtype), x])


class ReferenceNorm(nn.Module):
    """Reference and virtual batch normalisation: ``(count + B, C, H, W)``, the fixed batch first, to the same shape.

    The fixed batch is normalised by its own mean and variance. Reference normalisation uses these for the other
    samples as well; the virtual one mixes the moments of the sample itself in, with the weight c = 1 / (count + 1):
    mean = c E[x] + (1 - c) E[reference], the same for the squares (Salimans et al. 2016, "Improved Techniques for
    Training GANs", 3.5). Training and evaluation do the same.

    Args:
        channels: C.
        count: of the samples in the fixed batch.
        virtual: mix the sample's own moments in.
    """

    def __init__(self, channels: int, *, count: int, virtual: bool = False) -> None:
        super().__init__()
        self.count, self.virtual, self.eps = count, virtual, 1e-5
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise; the statistics in float32 at least, as in batch normalisation."""
        values = x.to(torch.promote_types(x.dtype, torch.float32))
        reference, others = values[: self.count], values[self.count :]
        variance, mean = torch.var_mean(reference, (0, 2, 3), correction=0, keepdim=True)
        scale, shift = self._affine(mean, variance)
        if not self.virtual:
            return torch.addcmul(shift, values, scale).to(x.dtype)
        own, between = 1.0 / (self.count + 1), self.count / (self.count + 1) ** 2
        own_variance, own_mean = torch.var_mean(others, (2, 3), correction=0, keepdim=True)
        # The variance of the mixture, without the difference of two large squares.
        spread = own * own_variance + (1.0 - own) * variance + between * (own_mean - mean).square()
        own_scale, own_shift = self._affine(own * own_mean + (1.0 - own) * mean, spread)
        both = [torch.addcmul(shift, reference, scale), torch.addcmul(own_shift, others, own_scale)]
        return torch.cat(both).to(x.dtype)

    def _affine(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        scale = self.weight[:, None, None] * torch.rsqrt(variance + self.eps)
        return scale, self.bias[:, None, None] - mean * scale


def normalisation(channels: int, *, norm: str, reference: int) -> nn.Module:
    """A normalisation of maps with learnt scale and shift; the scales start as N(1, 0.02), the shifts as 0 (DCGAN).

    Args:
        channels: of the maps.
        norm: one of `Norm`; ``"none"`` is no operation.
        reference: samples in the fixed batch that reference and virtual normalisation get in front.
    """
    layer: nn.BatchNorm2d | InstanceNorm | ReferenceNorm
    if norm == "none":
        return nn.Identity()
    if norm == "batch":
        layer = nn.BatchNorm2d(channels)
    elif norm == "instance":
        layer = InstanceNorm(channels)
    else:
        layer = ReferenceNorm(channels, count=reference, virtual=norm == "virtual")
    nn.init.normal_(layer.weight, 1.0, 0.02)
    return layer
