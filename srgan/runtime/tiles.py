"""Cutting a picture into tiles so that the tiled result equals the whole one.

All tiles of a picture have one shape (backends prepare themselves per shape), fitted to the picture so that little is
computed twice, and lie inside the picture: the last ones are shifted inwards instead of being padded. Each tile keeps
only output that lies `halo` or more input pixels from its inner edges.
"""

from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Span", "TilePlan", "plan_tiles"]

_CALL = 2000
"""What calling the network once costs, in pixels that it could compute meanwhile."""


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in input pixels: reads [start, start + side), keeps [first, last)."""

    start: int
    first: int
    last: int


@dataclass(frozen=True)
class TilePlan:
    """The tiles of one picture: every combination of a row and a column.

    Attributes:
        padded: ``(height, width)`` that the picture must be padded to, at the bottom and right.
        side: ``(height, width)`` of every tile.
        rows: tiles along the height.
        columns: tiles along the width.
    """

    padded: tuple[int, int]
    side: tuple[int, int]
    rows: tuple[Span, ...]
    columns: tuple[Span, ...]


def plan_tiles(
    height: int,
    width: int,
    *,
    useful: int,
    halo: int,
    multiple_of: int = 1,
    minimum: int = 1,
    fixed: tuple[int, int] | None = None,
    free: bool = False,
    uniform: bool = False,
    tallest: int | None = None,
) -> TilePlan:
    """Plan the tiles of a picture.

    Args:
        height: of the picture, pixels.
        width: of the picture, pixels.
        useful: largest side of what one tile adds to the picture; the halo comes on top, on every inner edge.
        halo: how far the surroundings matter (the network's receptive field).
        multiple_of: sides and positions of tiles are multiples of this.
        minimum: smallest side of a tile.
        fixed: the only ``(height, width)`` the network runs on, else None.
        free: only the area is bounded, by that of a square tile, so the shape with the least work is taken.
        uniform: a side that is cut has the largest length, so that pictures of all sizes have tiles of one shape.
        tallest: with `free`, the most rows that one tile adds to the picture, where the halo allows it.

    Raises:
        ValueError: `fixed` leaves nothing inside its halo.
    """
    largest = _round_up(max(max(useful, multiple_of) + 2 * halo, minimum), multiple_of)
    limits = fixed or (largest, largest)
    if fixed is None:
        down, across = _Side(height, halo, multiple_of, minimum), _Side(width, halo, multiple_of, minimum)
        if free and not uniform:
            limits = _best_shape(down, across, largest**2, tallest or down.padded)
    else:
        down, across = _Side(height, halo, 1, fixed[0]), _Side(width, halo, 1, fixed[1])
    fitted = fixed is None and not uniform
    tall, high, rows = down.cut(limits[0], fitted=fitted)
    long, wide, columns = across.cut(limits[1], fitted=fitted)
    return TilePlan((tall, long), (high, wide), rows, columns)


def _best_shape(rows: "_Side", columns: "_Side", area: int, tallest: int) -> tuple[int, int]:
    """The ``(height, width)`` of at most `area` pixels with which the least is computed.

    A tile that adds few rows is mostly halo, so it may be as tall as makes that a quarter, whatever `tallest` says.

    Throughput a pixel hardly depends on the shape of a tile (measured from 32 pixels upward), so what is computed is
    the cost; a constant a tile stands for calling the network.
    """
    best, cost = (0, 0), float("inf")
    for count in range(1, rows.padded + 1):
        high = rows.least(count)
        if count < rows.padded and high > rows.highest(tallest):
            continue
        # More rows of tiles only add halos: once those alone cost more, nothing better follows.
        if count * high * columns.padded >= cost:
            break
        wide = min(area // high // columns.multiple * columns.multiple, columns.padded)
        if wide < columns.smallest:
            continue
        across = columns.count(wide)
        wide = columns.least(across)
        if count * across * (high * wide + _CALL) < cost:
            best, cost = (high, wide), count * across * (high * wide + _CALL)
    return best


class _Side:
    """One side of a picture, to be cut into tiles of one length.

    Attributes:
        padded: its length after padding to what the network takes.
        smallest: the least length of a tile that adds something; the whole side where that is shorter.
        multiple: lengths and positions are multiples of this.
    """

    def __init__(self, length: int, halo: int, multiple: int, minimum: int) -> None:
        self._length, self._halo, self.multiple = length, halo, multiple
        self.padded = _round_up(max(length, minimum), multiple)
        self.smallest = min(self.padded, _round_up(max(multiple + 2 * halo, minimum), multiple))

    def highest(self, wanted: int) -> int:
        """The length of a tile that adds `wanted` pixels, or of one of which at most a quarter is halo."""
        return max(max(wanted, 6 * self._halo) + 2 * self._halo, self.smallest)

    def count(self, side: int) -> int:
        """How many tiles of this length are needed."""
        step = (side - 2 * self._halo) // self.multiple * self.multiple
        return 1 if side >= self.padded else 1 + -(-(self.padded - side) // step)

    def least(self, count: int) -> int:
        """The least length of which no more than so many tiles are needed."""
        side = _round_up(-(-(self.padded + (count - 1) * 2 * self._halo) // count), self.multiple)
        side = max(side, self.smallest)
        while self.count(side) > count:
            side += self.multiple
        return side

    def cut(self, largest: int, *, fitted: bool) -> tuple[int, int, tuple[Span, ...]]:
        """Padded length, length of the tiles, and the tiles, none longer than `largest`.

        Args:
            largest: length of a tile.
            fitted: take the least length that needs no more tiles.

        Raises:
            ValueError: nothing lies inside the halo.
        """
        if self.padded <= largest:
            return self.padded, self.padded, (Span(0, 0, self._length),)
        if largest - 2 * self._halo < self.multiple:
            raise ValueError(f"a tile of {largest} pixels has nothing inside a halo of {self._halo}")
        count = self.count(largest)
        side = self.least(count) if fitted else largest
        step = (side - 2 * self._halo) // self.multiple * self.multiple
        starts = [min(index * step, self.padded - side) for index in range(count)]
        # Neighbours share at least two halos; each keeps its part up to the middle of what they share.
        borders = [(after + before + side) // 2 for before, after in pairwise(starts)]
        edges = [0, *borders, self._length]
        spans = [Span(start, edges[index], edges[index + 1]) for index, start in enumerate(starts)]
        return self.padded, side, tuple(spans)


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
