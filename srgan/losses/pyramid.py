"""Differences at all sizes of detail at once."""

from typing import Annotated

from kornia.geometry.transform import build_laplacian_pyramid
from pydantic import Field
from torch import Tensor

__all__ = ["laplacian"]


def laplacian(fake: Tensor, real: Tensor, *, levels: Annotated[int, Field(ge=2, le=8)] = 4) -> Tensor:
    """Lap1 of GLO (Bojanowski et al. 2018; Ling and Okada 2006): mean absolute differences of all levels, summed.

    Each level of the Laplacian pyramid holds what the next smaller one lacks, the last one all that is left. The
    paper's weight of ``4 ** j`` for the sum over level j is the same weight for every mean. What is shifted or blurred
    costs less than by pixels alone, and colours of wide areas cost more.

    Args:
        fake: ``(B, C, H, W)`` in [0, 1], sides of at least ``2 ** levels``; those that no level can halve are mirrored
            at the right and bottom.
        real: the same shape.
        levels: of the pyramid, the last one included.

    Returns:
        A float32 scalar >= 0.
    """
    # The pyramid is linear: that of the difference is the difference of two.
    pyramid = build_laplacian_pyramid(fake.float() - real.float(), levels)
    return sum((level.abs().mean() for level in pyramid[1:]), pyramid[0].abs().mean())
