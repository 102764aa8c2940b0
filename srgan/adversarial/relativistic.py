"""Relativistic games: each side is judged against the other's score."""

from typing import Any, Literal

import torch
from torch import Tensor, distributed

__all__ = ["Relativistic", "batch_mean", "compare", "process_mean"]

Relativistic = Literal["average", "paired"] | None


def compare(real: Tensor, fake: Tensor, relativistic: Relativistic, *, undecided: float = 0.0) -> tuple[Tensor, Tensor]:
    """The scores to put into an objective: as they are, or as the distance from the other side.

    ``"average"``: ``real - mean(fake)`` and ``fake - mean(real)``, with gradients through the means
    (Jolicoeur-Martineau 2018, "The relativistic discriminator", RaGAN; ESRGAN, Wang et al. 2018, section 3.2).
    ``"paired"``: ``real - fake`` and ``fake - real``, place by place (the same paper's RpGAN; Huang et al. 2024,
    "R3GAN"), which suits pairs of pictures that lie on each other, as those of super-resolution do.

    Args:
        real: raw scores of real pictures.
        fake: raw scores of fakes.
        relativistic: None returns both unchanged.
        undecided: the score at which the objective favours neither side; equal sides are put there.

    Returns:
        The pair (real, fake), shapes unchanged.
    """
    if relativistic is None:
        return real, fake
    if relativistic == "paired":
        return real - fake + undecided, fake - real + undecided
    return real - batch_mean(fake) + undecided, fake - batch_mean(real) + undecided


def batch_mean(scores: Tensor) -> Tensor:
    """The mean score over the global batch, a scalar: over all processes where training is distributed.

    With gradient accumulation it is the mean over the part of the batch that is at hand. See `process_mean`.
    """
    return process_mean(scores.mean())


def process_mean(value: Tensor) -> Tensor:
    """The mean of a tensor over the processes, where training is distributed.

    Every process must call it equally often, with tensors of the same shape, each of an equal part of the batch.
    Gradients are right once they are *averaged* over the processes, as data-parallel training does.
    """
    if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
        value = _MeanOfProcesses.apply(value)
    return value


class _MeanOfProcesses(torch.autograd.Function):
    """The mean of a tensor over the processes, forward and backward.

    With N processes the loss is L = 1/N sum_k L_k(m), m = 1/N sum_j m_j. Process j contributes
    dL/dm_j = 1/N * (1/N sum_k dL_k/dm). The first 1/N is the averaging of gradients that follows; what is left for the
    backward pass is the mean over the processes of the gradients that arrive at m.
    """

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:  # noqa: ANN401  the type of autograd contexts is not public
        return _reduced(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        # Through apply, so that a second derivative is right as well.
        result: Tensor = _MeanOfProcesses.apply(*gradients)
        return result


def _reduced(value: Tensor) -> Tensor:
    total = value.detach().clone()
    distributed.all_reduce(total)
    return total / distributed.get_world_size()
