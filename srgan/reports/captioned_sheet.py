"""Many pictures in one, under captions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["captioned_sheet"]

_GAP, _MARGIN = 8, 16
_PAPER, _INK = 255, 40
_LETTERS = 14
_LEAST_SIDE = 96


def captioned_sheet(captions: Sequence[str], rows: Sequence[Sequence[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Lay rows of pictures out on white paper, with a caption over each column.

    Small pictures are enlarged, all by the same whole number and without smoothing, so that they can be seen and
    compared pixel by pixel.

    Args:
        captions: one a column.
        rows: at least one, each with a picture ``(H, W, 3)`` a column.

    Returns:
        The sheet, ``(H, W, 3)``.

    Raises:
        ValueError: a row has another number of pictures than there are captions, or there is no row.
    """
    if not rows or any(len(row) != len(captions) for row in rows):
        raise ValueError(f"a sheet of {len(captions)} columns needs rows of so many pictures")
    font = ImageFont.load_default(size=_LETTERS)
    sides = [max(picture.shape[:2]) for row in rows for picture in row]
    factor = -(-_LEAST_SIDE // max(sides))
    widths = [
        max(int(np.ceil(font.getlength(caption))), factor * max(row[place].shape[1] for row in rows))
        for place, caption in enumerate(captions)
    ]
    heights = [factor * max(picture.shape[0] for picture in row) for row in rows]
    lefts = _MARGIN + np.concatenate([[0], np.cumsum(np.array(widths) + _GAP)])
    tops = 2 * _MARGIN + _LETTERS + np.concatenate([[0], np.cumsum(np.array(heights) + _GAP)])
    size = int(lefts[-1]) - _GAP + _MARGIN, int(tops[-1]) - _GAP + _MARGIN
    sheet = Image.new("RGB", size, (_PAPER,) * 3)
    pen = ImageDraw.Draw(sheet)
    for caption, left in zip(captions, lefts, strict=False):
        pen.text((int(left), _MARGIN), caption, fill=(_INK,) * 3, font=font)
    for row, top in zip(rows, tops, strict=False):
        for picture, left in zip(row, lefts, strict=False):
            enlarged = picture.repeat(factor, axis=0).repeat(factor, axis=1)
            sheet.paste(Image.fromarray(np.ascontiguousarray(enlarged)), (int(left), int(top)))
    return np.array(sheet)
