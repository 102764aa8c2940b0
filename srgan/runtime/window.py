"""The part of a large result that is being written, so that the whole of it need not exist."""

from collections.abc import Iterator

import numpy as np

from srgan.runtime.pixels import Pixels

__all__ = ["Window"]


class Window:
    """Rows of a picture in blocks: made when something is put into them, handed out when nothing more will come."""

    def __init__(self, shape: tuple[int, ...], kind: np.dtype[np.generic], rows: int) -> None:
        """Start at the top.

        Args:
            shape: of the whole picture, ``(H, W[, C])``.
            kind: of its samples.
            rows: of a block; the last one may have fewer.
        """
        self._shape, self._kind, self._rows = shape, kind, rows
        self._blocks: dict[int, Pixels] = {}
        self._next = 0

    def place(self, rows: slice, columns: slice, values: Pixels) -> None:
        """Put a piece where it belongs: `rows` and `columns` count in the whole picture, with start and stop."""
        for number in range(rows.start // self._rows, -(-rows.stop // self._rows)):
            top = number * self._rows
            first, last = max(rows.start, top), min(rows.stop, top + self._rows)
            self._block(number)[first - top : last - top, columns] = values[first - rows.start : last - rows.start]

    def finished(self, rows: int) -> Iterator[Pixels]:
        """The next blocks that lie within the first so many rows; they are the caller's from then on."""
        while self._next * self._rows < self._shape[0] and self._bottom(self._next) <= rows:
            yield self._blocks.pop(self._next)
            self._next += 1

    def _bottom(self, number: int) -> int:
        return min((number + 1) * self._rows, self._shape[0])

    def _block(self, number: int) -> Pixels:
        if number not in self._blocks:
            height = self._bottom(number) - number * self._rows
            self._blocks[number] = np.empty((height, *self._shape[1:]), self._kind)
        return self._blocks[number]
