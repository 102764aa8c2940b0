"""Layers that let a discriminator see how alike the samples of a batch are."""

import torch
from torch import Tensor, nn

from srgan.networks.judging import weighted

__all__ = ["MinibatchDiscrimination", "MinibatchStddev"]


class MinibatchDiscrimination(nn.Module):
    """Minibatch discrimination: ``(B, n)`` to ``(B, n + kernels)`` (Salimans et al. 2016, 3.2).

    A learnt linear map gives `kernels` vectors of `dims` numbers for each sample; what is appended is, for each
    kernel, the sum of exp(-L1 distance) to all other samples: 0 where none is near, B - 1 where all are the same.

    Args:
        inputs: n.
        kernels: similarities that are measured.
        dims: length of the vectors that each compares.
    """

    def __init__(self, inputs: int, *, kernels: int = 50, dims: int = 5) -> None:
        super().__init__()
        self.kernels, self.dims = kernels, dims
        self.project = weighted(nn.Linear(inputs, kernels * dims, bias=False), norm="none", std=None)

    def forward(self, x: Tensor) -> Tensor:
        """Append the similarities."""
        vectors = _exact(self.project(x)).reshape(-1, self.kernels, self.dims)
        near = torch.exp(-(vectors[:, None] - vectors).abs().sum(3))
        itself = torch.eye(len(x), dtype=torch.bool, device=x.device)[:, :, None]
        return torch.cat([x, near.masked_fill(itself, 0.0).sum(1).to(x.dtype)], 1)


class MinibatchStddev(nn.Module):
    """One more map, how much the batch varies: ``(B, C, H, W)`` to ``(B, C + 1, H, W)`` (Karras et al. 2018, 3).

    The standard deviation over the batch, averaged over channels and places: one number for all samples.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Append the map."""
        # The root of a variance of 0 has no gradient.
        deviation = torch.sqrt(_exact(x).var(0, correction=0) + 1e-8).mean().to(x.dtype)
        return torch.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)


def _exact(x: Tensor) -> Tensor:
    """In float32 at least: differences of numbers that are nearly the same."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
