"""Pictures that are smaller than what a network takes, or no multiple of it."""

import numpy as np

from srgan.runtime.pixels import Pixels

__all__ = ["pad"]


def pad(image: Pixels, sides: tuple[int, int], *, mirror: bool) -> Pixels:
    """Extend a picture at the bottom and right: mirrored, or repeated where that is too short.

    Args:
        image: ``(H, W, ...)``.
        sides: height and width of the result; a picture that is larger stays as it is.
        mirror: it is mirrored again and again instead: stripes would spoil what a network knows of the whole picture.
    """
    for axis in (0, 1):
        side = image.shape[axis]
        missing = sides[axis] - side
        if missing > 0:
            edge = [(0, 0)] * image.ndim
            edge[axis] = (0, missing)
            image = np.pad(image, edge, mode="reflect" if missing < side or (mirror and side > 1) else "edge")
    return image
