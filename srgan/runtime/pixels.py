"""What the arrays of this package hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Empty", "Pixels", "full_scale"]

Pixels = NDArray[Any]
"""A picture, a grey picture or an alpha plane of uint8, uint16, or float32 in [0, 1]."""

Empty = Callable[[tuple[int, ...], np.dtype[Any]], Pixels]
"""Makes an array of a shape and type with undefined content."""


def full_scale(kind: np.dtype[Any]) -> int:
    """The value that means 1.0: 255, 65535, or 1 for floats."""
    return int(np.iinfo(kind).max) if kind.kind == "u" else 1
