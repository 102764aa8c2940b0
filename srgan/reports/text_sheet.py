"""Pictures beside what is said about them."""

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["text_sheet"]

_GAP, _MARGIN = 8, 16
_PAPER, _INK, _DOTS = 255, 40, "\N{HORIZONTAL ELLIPSIS}"
_LETTERS, _LINE = 14, 18
_TEXT_WIDTH, _LEAST_SIDE = 208, 96
_LONG = 12

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Pixels = NDArray[np.uint8]


def text_sheet(heads: Sequence[str], texts: Sequence[str], rows: Sequence[Sequence[Sequence[Pixels]]]) -> Pixels:
    """Lay out a row a text on white paper: the text, then groups of pictures; more than 12 rows stand in two columns.

    Small pictures are enlarged, all by the same whole number and without smoothing.

    Args:
        heads: what each group is.
        texts: of the rows; what does not fit in beside a picture is cut off.
        rows: at least one, each with a group of pictures ``(H, W, 3)`` a head, of equal numbers in all rows.

    Returns:
        The sheet, ``(H, W, 3)``.

    Raises:
        ValueError: there is no row, or the numbers of texts, heads or pictures do not fit.
    """
    counts = {tuple(len(group) for group in row) for row in rows}
    if not rows or len(texts) != len(rows) or len(counts) > 1 or len(next(iter(counts))) != len(heads):
        raise ValueError(f"a sheet of {len(texts)} texts under {len(heads)} heads needs so many rows and groups")
    font = ImageFont.load_default(size=_LETTERS)
    side = max(max(picture.shape[:2]) for row in rows for group in row for picture in group)
    factor = -(-_LEAST_SIDE // side)
    side *= factor
    lefts = _lefts(heads, next(iter(counts)), side, font)
    columns = 2 if len(rows) > _LONG else 1
    lines = -(-len(rows) // columns)
    width, top = lefts[-1] + 2 * _MARGIN, _MARGIN + _LINE + _GAP
    sheet = Image.new("RGB", (columns * width + _MARGIN, top + lines * (side + _GAP) + _MARGIN), (_PAPER,) * 3)
    pen = ImageDraw.Draw(sheet)
    for column in range(columns):
        for head, left in zip(heads, lefts, strict=False):
            pen.text((_MARGIN + column * width + left, _MARGIN), head, fill=(_INK,) * 3, font=font)
    for number, (text, row) in enumerate(zip(texts, rows, strict=True)):
        column, line = divmod(number, lines)
        start, upper = _MARGIN + column * width, top + line * (side + _GAP)
        for place, words in enumerate(_broken(text, font, side // _LINE)):
            pen.text((start, upper + place * _LINE), words, fill=(_INK,) * 3, font=font)
        for group, left in zip(row, lefts, strict=False):
            for place, picture in enumerate(group):
                enlarged = picture.repeat(factor, axis=0).repeat(factor, axis=1)
                sheet.paste(Image.fromarray(np.ascontiguousarray(enlarged)), (start + left + place * side, upper))
    return np.array(sheet)


def _lefts(heads: Sequence[str], counts: Sequence[int], side: int, font: Font) -> list[int]:
    """Where each group begins, and where the last one ends."""
    lefts = [_TEXT_WIDTH + _GAP]
    for head, count in zip(heads, counts, strict=True):
        lefts.append(lefts[-1] + max(count * side, int(np.ceil(font.getlength(head)))) + _GAP)
    return lefts


def _broken(text: str, font: Font, lines: int) -> list[str]:
    """The lines of a text; the last one ends in dots where there would be more."""
    broken = [""]
    for word in text.split():
        longer = f"{broken[-1]} {word}".strip()
        if not broken[-1] or font.getlength(longer) <= _TEXT_WIDTH:
            broken[-1] = longer
        else:
            broken.append(word)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], f"{broken[lines - 1]} {_DOTS}"]
    return [_cut(line, font) for line in broken]


def _cut(line: str, font: Font) -> str:
    """As much of a line as there is room for."""
    if font.getlength(line) <= _TEXT_WIDTH:
        return line
    # The number of signs that are the first too many.
    over = bisect.bisect(range(len(line)), 0, key=lambda count: int(font.getlength(line[:count] + _DOTS) > _TEXT_WIDTH))
    return f"{line[: over - 1]}{_DOTS}"
