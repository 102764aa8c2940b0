"""Where pictures of the same thing differ most."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Crop", "differing_crops"]

_WEIGHTS = np.array([0.299, 0.587, 0.114])


class Crop(NamedTuple):
    """A square part of a picture, or as much of one as there is: pixels from the left and the top, and its size."""

    left: int
    top: int
    width: int
    height: int

    def of(self, picture: NDArray[np.uint8], *, scale: int = 1) -> NDArray[np.uint8]:
        """The part of a picture ``(H, W, 3)``; of one `scale` times smaller, the same part."""
        left, top, width, height = (number // scale for number in self)
        return picture[top : top + height, left : left + width]


def differing_crops(
    pictures: Sequence[NDArray[np.uint8]], *, side: int = 96, count: int = 1, multiple: int = 1
) -> list[Crop]:
    """The squares within which pictures differ most, the first the most, none over another.

    A pixel counts with the square of the range of its luma (BT.601, 0 to 255) over the pictures, so that one strong
    difference outweighs many weak ones. A crop is only taken where there is any difference, but for the first.

    Args:
        pictures: at least two of one shape ``(H, W, 3)``.
        side: of the squares; less where a picture is smaller.
        count: how many at most.
        multiple: places and sizes are multiples of it, so that a picture reduced so much has the same part; it must
            divide the sides of the pictures.

    Raises:
        ValueError: less than two pictures, or of different shapes.
    """
    if len(pictures) < 2 or len({picture.shape for picture in pictures}) > 1:
        raise ValueError(f"two pictures of one shape or more differ, not {[picture.shape for picture in pictures]}")
    channels = [picture @ _WEIGHTS for picture in pictures]
    squares = (np.max(channels, axis=0) - np.min(channels, axis=0)) ** 2
    sides = [max(multiple, min(side, length) // multiple * multiple) for length in squares.shape]
    sums = _window_sums(squares, sides[0], sides[1])[::multiple, ::multiple].copy()
    found: list[Crop] = []
    while len(found) < count:
        row, column = (int(place) for place in np.unravel_index(int(sums.argmax()), sums.shape))
        if found and sums[row, column] <= 0.0:
            break
        found.append(Crop(column * multiple, row * multiple, sides[1], sides[0]))
        apart = [-(-length // multiple) for length in sides]
        sums[max(0, row - apart[0] + 1) : row + apart[0], max(0, column - apart[1] + 1) : column + apart[1]] = -1.0
    return found


def _window_sums(values: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Sums over all windows of a size that lie inside."""
    table = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    columns = table[:, width:] - table[:, :-width]
    return np.asarray(columns[height:] - columns[:-height])
