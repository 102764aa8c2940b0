"""Generated pictures side by side, as one picture: ``--grid``, ``--sheet``."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.batch import Drawn, Request
from srgan.errors import PictureError, UsageError
from srgan.files import make_folder
from srgan.images import Picture, save

__all__ = ["Sheets"]

_PAPER = 255


class Sheets:
    """Gathers pictures, a row for each text.

    Args:
        grid: file for the pictures alone; None makes none.
        sheet: file for the pictures with the texts beside them; likewise.
    """

    def __init__(self, grid: Path | None, sheet: Path | None) -> None:
        self._grid, self._sheet = grid, sheet
        self._rows: dict[Request, list[NDArray[np.uint8]]] = {}

    @property
    def wanted(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._grid or self._sheet)

    def add(self, drawn: Drawn) -> None:
        """Take a picture in."""
        if self.wanted and drawn.pixels is not None and isinstance(drawn.request, Request):
            self._rows.setdefault(drawn.request, []).append(drawn.pixels)

    def write(self, say: Callable[[str], None]) -> None:
        """Write what is wanted, and say where; nothing when no picture was made.

        Raises:
            OutputError: a file cannot be written.
            UsageError: the pictures are too many for one.
        """
        if not self._rows:
            return
        from srgan.reports import contact_sheet, text_sheet

        rows = list(self._rows.values())
        if self._grid:
            self._save(contact_sheet(rows, columns=1), self._grid, say)
        if self._sheet:
            most = max(len(row) for row in rows)
            even = [[[*row, *[np.full_like(row[0], _PAPER)] * (most - len(row))]] for row in rows]
            self._save(text_sheet([""], [request.title for request in self._rows], even), self._sheet, say)

    @staticmethod
    def _save(pixels: NDArray[np.uint8], path: Path, say: Callable[[str], None]) -> None:
        make_folder(path.parent)
        try:
            save(Picture(pixels), path)
        except PictureError as error:
            raise UsageError(f"{path} cannot be written: {error.message}") from error
        say(f"all pictures in one: {path}")
