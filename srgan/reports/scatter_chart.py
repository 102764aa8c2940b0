"""Points of names on two axes, as an SVG file of its own."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Point", "scatter_chart"]

_WIDTH, _HEIGHT = 760, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 24, 52, 84
_LETTER, _LINE = 7.4, 14.0  # of the widest of the usual fonts
_NOTE_LETTERS = 92
_STYLE = """
svg { color-scheme: light dark; --paper: #fff; --ink: #23282d; --soft: #69717a; --hair: #e4e4de; --tone: #2b6c99; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #15181b; --ink: #e3e5e7; --soft: #98a1aa; --hair: #30363b; --tone: #6db1dc; }
}
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--soft); }
.title { font-size: 16px; font-weight: 600; fill: var(--ink); }
.paper { fill: var(--paper); } .grid { stroke: var(--hair); fill: none; }
.level { stroke: var(--soft); stroke-dasharray: 5 4; fill: none; }
.other { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.own { fill: var(--tone); } .name { font-weight: 600; fill: var(--tone); }
"""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Point:
    """One name at a place; `own` ones are filled, the others are rings."""

    name: str
    x: float
    y: float
    own: bool = False


def scatter_chart(
    points: Sequence[Point],
    *,
    title: str,
    across: str,
    up: str,
    logarithmic: bool = False,
    levels: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """A chart with a name at every point, where there is room for it: own points are named first.

    Args:
        points: at least one, with finite places (positive ones across where that is logarithmic).
        title: of the chart.
        across: what the horizontal axis says.
        up: what the vertical one says.
        logarithmic: the horizontal axis.
        levels: values of the vertical axis that are dashed lines, by name.
        notes: lines below, for instance where points come from.

    Raises:
        ValueError: there is no point.
    """
    if not points:
        raise ValueError("a chart needs a point")
    levels = levels or {}
    note_lines = [line for note in notes for line in _broken(note)]
    height = _HEIGHT + _LINE * len(note_lines)
    bend = math.log10 if logarithmic else float
    x_axis = _Axis([bend(point.x) for point in points], _LEFT, _WIDTH - _RIGHT, room=0.09)
    y_axis = _Axis([*(point.y for point in points), *levels.values()], _HEIGHT - _BOTTOM, _TOP, room=0.06)
    parts = [_grid(x_axis, y_axis, logarithmic)]
    taken: list[_Box] = []
    for name, value in levels.items():
        y = y_axis.place(value)
        parts.append(f'<path class="level" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT + 6}" y="{y - 5:.1f}">{escape(name)}</text>')
        taken.append((_LEFT, y - 18, _LEFT + 12 + _LETTER * len(name), y + 2))
        taken.append((_LEFT, y - 1, _WIDTH - _RIGHT, y + 1))
    places = [(point, x_axis.place(bend(point.x)), y_axis.place(point.y)) for point in points]
    taken += [(x - 6, y - 6, x + 6, y + 6) for _, x, y in places]
    for point, x, y in sorted(places, key=lambda place: not place[0].own):
        kind = "own" if point.own else "other"
        parts.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{5 if point.own else 4}">'
            f"<title>{escape(point.name)}: {point.x:.4g}, {point.y:.4g}</title></circle>"
        )
        parts.append(_name(point, x, y, taken))
    words = [
        f'<text class="title" x="{_LEFT}" y="28">{escape(title)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - _BOTTOM + 42}" text-anchor="middle">'
        f"{escape(across)}</text>",
        f'<text transform="translate(18 {(_TOP + _HEIGHT - _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>",
        *(
            f'<text x="{_LEFT}" y="{_HEIGHT - 16 + _LINE * place:.0f}">{escape(line)}</text>'
            for place, line in enumerate(note_lines)
        ),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}" role="img"><style>{_STYLE}</style><rect class="paper" width="100%" height="100%"/>'
        f"{''.join(parts)}{''.join(words)}</svg>\n"
    )


class _Axis:
    """Values with some room around them on pixels from `start` to `end`."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, room: float) -> None:
        low, high = min(values), max(values)
        margin = room * (high - low) or 0.05 * abs(high) or 1.0
        self.low, self.high = low - margin, high + margin
        self._start, self._end = start, end

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self._start + share * (self._end - self._start)

    def ticks(self, about: int = 6) -> list[float]:
        raw = (self.high - self.low) / about
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next(unit * nice for nice in (1, 2, 5, 10) if unit * nice >= raw * 0.7)
        return [n * step for n in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]

    def powers(self) -> list[float]:
        """1, 2, 5, 10 ... as their logarithms."""
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        found = [math.log10(nice) + decade for decade in decades for nice in (1, 2, 5)]
        return [tick for tick in found if self.low <= tick <= self.high]


def _grid(across: _Axis, up: _Axis, logarithmic: bool) -> str:
    parts = []
    for tick in across.powers() if logarithmic else across.ticks():
        x, value = across.place(tick), 10.0**tick if logarithmic else tick
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{value:.6g}</text>')
    for tick in up.ticks():
        y = up.place(tick)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.6g}</text>')
    return "".join(parts)


def _name(point: Point, x: float, y: float, taken: list[_Box]) -> str:
    """The name beside its point; nothing where there is no room, for the title of the point says it too."""
    width = _LETTER * len(point.name) * (1.06 if point.own else 1.0)
    for anchor, at, top in [
        ("start", x + 9, y - 7), ("end", x - 9, y - 7), ("middle", x, y - 22), ("middle", x, y + 8),
        ("start", x + 6, y - 20), ("start", x + 6, y + 6), ("end", x - 6, y - 20), ("end", x - 6, y + 6),
    ]:  # fmt: skip
        # Fonts differ: a name that is narrower than its box stays at its point.
        left = at - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        box = (left, top, left + width, top + _LINE)
        inside = box[0] >= _LEFT and box[2] <= _WIDTH - 4 and box[1] >= _TOP - 8 and box[3] <= _HEIGHT - _BOTTOM
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            kind = ' class="name"' if point.own else ""
            place = f'x="{at:.1f}" y="{top + 11:.1f}" text-anchor="{anchor}"'
            return f"<text{kind} {place}>{escape(point.name)}</text>"
    return ""


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _broken(note: str) -> list[str]:
    lines = [""]
    for word in note.split():
        if len(lines[-1]) + len(word) >= _NOTE_LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
