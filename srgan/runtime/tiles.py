"""Cutting a picture into tiles so that the tiled result equals the whole one.

All tiles of a picture have one shape (backends prepare themselves per shape), fitted to the picture so that little is
computed twice, and lie inside the picture: the last ones are shifted inwards instead of being padded. Each tile keeps
only output that lies `halo` or more input pixels from its inner edges.
"""

from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Span", "TilePlan", "plan_tiles"]


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

    Raises:
        ValueError: `fixed` leaves nothing inside its halo.
    """
    tall, high, rows = _axis(height, useful, halo, multiple_of, minimum, fixed and fixed[0])
    long, wide, columns = _axis(width, useful, halo, multiple_of, minimum, fixed and fixed[1])
    return TilePlan((tall, long), (high, wide), rows, columns)


def _axis(
    length: int, useful: int, halo: int, multiple: int, minimum: int, fixed: int | None
) -> tuple[int, int, tuple[Span, ...]]:
    """Padded length, tile side and tiles along one axis."""
    if fixed is not None:
        multiple, minimum = 1, fixed
    padded = _round_up(max(length, minimum), multiple)
    largest = fixed or _round_up(max(max(useful, multiple) + 2 * halo, minimum), multiple)
    if padded <= largest:
        return padded, padded, (Span(0, 0, length),)
    if largest - 2 * halo < multiple:
        raise ValueError(f"a tile of {largest} pixels has nothing inside a halo of {halo}")
    count = _count(padded, largest, halo, multiple)
    side = largest
    if fixed is None:
        # The smallest side that needs no more tiles.
        side = _round_up(-(-(padded + (count - 1) * 2 * halo) // count), multiple)
        side = max(side, _round_up(max(multiple + 2 * halo, minimum), multiple))
        while side < largest and _count(padded, side, halo, multiple) > count:
            side += multiple
    step = (side - 2 * halo) // multiple * multiple
    starts = [min(index * step, padded - side) for index in range(count)]
    # Neighbours share at least two halos; each keeps its part up to the middle of what they share.
    borders = [(after + before + side) // 2 for before, after in pairwise(starts)]
    edges = [0, *borders, length]
    spans = [Span(start, edges[index], edges[index + 1]) for index, start in enumerate(starts)]
    return padded, side, tuple(spans)


def _count(padded: int, side: int, halo: int, multiple: int) -> int:
    step = (side - 2 * halo) // multiple * multiple
    return 1 + -(-(padded - side) // step)


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
