"""What stands behind transparent pixels."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srgan.data.sampling import step_generator

__all__ = ["Background", "fixed_colours", "known_colours", "laid_on"]

Background = Literal["random", "fixed", "white", "black"]
_STREAM = 5
_PLAIN = {"white": 255, "black": 0}


def fixed_colours(count: int, *, seed: int) -> NDArray[np.uint8]:
    """A plain colour for each of the first `count` pictures, ``(count, 3)``; those of more begin with the same."""
    return step_generator(seed, 0, stream=_STREAM).integers(0, 256, (count, 3)).astype(np.uint8)


def known_colours(background: Literal["fixed", "white", "black"], count: int, *, seed: int) -> NDArray[np.uint8]:
    """The colour behind each of `count` pictures, ``(count, 3)``, where it is not drawn anew each time."""
    if background == "fixed":
        return fixed_colours(count, seed=seed)
    return np.full((count, 3), _PLAIN[background], np.uint8)


def laid_on(pictures: NDArray[np.uint8], colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures on plain backgrounds.

    Args:
        pictures: ``(N, H, W, 4)`` with straight alpha.
        colours: ``(N, 3)``, or ``(3,)`` for all.

    Returns:
        ``(N, H, W, 3)``; where a picture is opaque, its own pixels.
    """
    alpha = pictures[..., 3].astype(np.uint16)
    clear = 255 - alpha
    behind = np.broadcast_to(colours, (len(pictures), 3)).astype(np.uint16)[:, None, None]
    laid = np.empty((*alpha.shape, 3), np.uint8)
    for channel in range(3):  # one at a time: loops over all pixels are ten times as fast as such over three channels
        mixed = pictures[..., channel] * alpha  # 255 * 255 and half a level at most in the end, which 16 bits hold
        mixed += clear * behind[..., channel]
        mixed += 127
        mixed //= 255
        laid[..., channel] = mixed
    return laid
