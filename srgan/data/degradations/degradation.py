"""What every degradation is."""

from typing import Protocol

import numpy as np
from torch import Tensor

__all__ = ["Degradation"]


class Degradation(Protocol):
    """Makes small pictures of full ones.

    Attributes:
        margin: small pixels along every border that depend on what lies outside the picture; crops are made larger by
            so much before, and smaller after.
    """

    margin: int

    def __call__(self, high: Tensor, *, scale: int, random: np.random.Generator) -> Tensor:
        """Degrade each picture of a batch by itself.

        Args:
            high: ``(B, 3, H, W)`` float32 in [0, 1]; H and W are multiples of `scale`.
            scale: HR pixels per LR pixel.
            random: decides everything that is random.

        Returns:
            ``(B, 3, H / scale, W / scale)`` float32 in [0, 1], whole 255ths.
        """
        ...
