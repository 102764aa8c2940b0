"""Crops of the first and the last validation side by side."""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError
from srgan.images import Picture, encode, read
from srgan.reports.line_chart import step_words

__all__ = ["crop_rows"]

_MOST_PICTURES = 8
_PARTS = 4  # LR | bicubic | model | HR

Samples = NDArray[np.uint8 | np.uint16]
Row = tuple[str, list[tuple[str, str]]]


def crop_rows(crops: dict[int, dict[str, Path]]) -> tuple[list[Row], list[str]]:
    """For each picture its crops, each with a label, as data URIs; and what a reader should know.

    Args:
        crops: strips ``LR | bicubic | model | HR`` (four crops of one width, without gaps) by step, then by name.

    Returns:
        Rows of a name and (label, URI) pairs: LR, bicubic, the model at the first step, at the last, HR. At most 8
        rows. Then the notes.
    """
    if not crops:
        return [], []
    first, last = min(crops), max(crops)
    rows, notes = [], []
    names = list(crops[last])
    for name in names[:_MOST_PICTURES]:
        try:
            low, bicubic, model, high = _parts(crops[last][name])
            made = [(f"model, step {step_words(last)}", model)]
            if first != last and name in crops[first]:
                made.insert(0, (f"model, step {step_words(first)}", _parts(crops[first][name])[2]))
        except PictureError as error:
            notes.append(f"{name}: {error.message}")
            continue
        pictures = [("LR, nearest", low), ("LR, bicubic", bicubic), *made, ("HR", high)]
        rows.append((name, [(label, _uri(picture)) for label, picture in pictures]))
    if len(names) > _MOST_PICTURES:
        notes.append(f"{_MOST_PICTURES} of {len(names)} pictures are shown; all are in the folder crops.")
    return rows, notes


def _parts(path: Path) -> list[Samples]:
    strip = read(path).rgb
    if strip.shape[1] % _PARTS:
        raise PictureError("strip", f"a strip of {strip.shape[1]} pixels is not {_PARTS} crops of one width")
    return list(np.split(strip, _PARTS, axis=1))


def _uri(pixels: Samples) -> str:
    file = io.BytesIO()
    encode(Picture(np.ascontiguousarray(pixels)), file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
