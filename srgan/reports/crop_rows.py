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


def crop_rows(crops: dict[int, dict[str, Path]], *, whole: bool = False) -> tuple[list[Row], list[str]]:
    """For each picture its crops, each with a label, as data URIs; and what a reader should know.

    Args:
        crops: strips ``LR | bicubic | model | HR`` (four crops of one width, without gaps) by step, then by name.
        whole: they are no strips, but sheets of what the model makes.

    Returns:
        Rows of a name and (label, URI) pairs: LR, bicubic, the model at the first step, at the last, HR; of sheets the
        model alone. At most 8 rows. Then the notes.
    """
    if not crops:
        return [], []
    first, last = min(crops), max(crops)
    rows, notes = [], []
    names = list(crops[last])
    for name in names[:_MOST_PICTURES]:
        try:
            beside = None if whole else _parts(crops[last][name])
            steps = [first, last] if first != last and name in crops[first] else [last]
            pictures = [(f"model, step {step_words(step)}", _made(crops[step][name], whole)) for step in steps]
        except PictureError as error:
            notes.append(f"{name}: {error.message}")
            continue
        if beside is not None:
            pictures = [("LR, nearest", beside[0]), ("LR, bicubic", beside[1]), *pictures, ("HR", beside[3])]
        rows.append((name, [(label, _uri(picture)) for label, picture in pictures]))
    if len(names) > _MOST_PICTURES:
        notes.append(f"{_MOST_PICTURES} of {len(names)} pictures are shown; all are in the folder crops.")
    return rows, notes


def _made(path: Path, whole: bool) -> Samples:
    """What the model made."""
    return read(path).rgb if whole else _parts(path)[2]


def _parts(path: Path) -> list[Samples]:
    strip = read(path).rgb
    if strip.shape[1] % _PARTS:
        raise PictureError("strip", f"a strip of {strip.shape[1]} pixels is not {_PARTS} crops of one width")
    return list(np.split(strip, _PARTS, axis=1))


def _uri(pixels: Samples) -> str:
    file = io.BytesIO()
    encode(Picture(np.ascontiguousarray(pixels)), file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
