"""Many pictures in one."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["contact_sheet"]

_THIN, _WIDE = 4, 16
_PAPER = 255


def contact_sheet(groups: list[list[NDArray[np.uint8]]], *, columns: int = 2) -> NDArray[np.uint8]:
    """Lay groups of pictures out on white paper; the pictures of a group stand side by side.

    Args:
        groups: pictures ``(H, W, 3)``, at least one in every group.
        columns: groups side by side.

    Returns:
        The sheet, ``(H, W, 3)``.
    """
    strips = [_strip(group) for group in groups]
    height, width = (max(strip.shape[axis] for strip in strips) for axis in (0, 1))
    rows, columns = -(-len(strips) // columns), min(columns, len(strips))
    sheet = np.full((rows * (height + _WIDE) + _WIDE, columns * (width + _WIDE) + _WIDE, 3), _PAPER, np.uint8)
    for index, strip in enumerate(strips):
        row, column = divmod(index, columns)
        top, left = row * (height + _WIDE) + _WIDE, column * (width + _WIDE) + _WIDE
        sheet[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
    return sheet


def _strip(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] + _THIN for picture in pictures) - _THIN
    strip, left = np.full((height, width, 3), _PAPER, np.uint8), 0
    for picture in pictures:
        strip[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + _THIN
    return strip
