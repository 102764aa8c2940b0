"""Curves over training steps as SVG that takes its colours from the page it stands in."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

__all__ = ["Line", "line_chart", "step_words"]

_WIDTH, _HEIGHT = 460, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 18, 24
_MOST_POINTS = 300
_SMOOTHED_FROM = 120  # points
_LOGARITHMIC_FROM = 30.0  # largest over smallest value
_LETTER = 6.0  # about the width of one in a stage's name

_Stage = tuple[str, float, float]


@dataclass(frozen=True)
class Line:
    """One curve: points of step and value, NaN for a gap.

    `tone` numbers the page's colours from 1; an `exact` curve has no noise to average.
    """

    name: str
    points: Sequence[tuple[float, float]]
    tone: int = 1
    exact: bool = False


@dataclass(frozen=True)
class _Axis:
    """Values from `low` to `high`, straight or logarithmic, on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        low, high, value = (self._bend(number) for number in (self.low, self.high, value))
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int) -> list[float]:
        if self.logarithmic:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            every = max(1, round(len(powers) / about))
            wanted = (1,) if len(powers) > 3 else (1, 3)
            ticks = [part * 10.0**power for power in powers if power % every == 0 for part in wanted]
        else:
            raw = (self.high - self.low) / about
            unit = 10.0 ** math.floor(math.log10(raw))
            step = next(unit * nice for nice in (1, 2, 5, 10) if unit * nice >= raw * 0.7)
            ticks = [number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    def _bend(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.logarithmic else value


def line_chart(
    lines: Sequence[Line],
    *,
    end: float,
    label: str,
    stages: Sequence[_Stage] = (),
    logarithmic: bool = False,
    span: tuple[float, float] | None = None,
    level: float | None = None,
    band: tuple[float, float] | None = None,
    best: tuple[float, float] | None = None,
) -> str:
    """An SVG element of curves over steps.

    Lines of many points are drawn faintly with their moving average, which does not reach over stages, on top.
    Colours come from the classes and variables of ``training_report.css``.

    Args:
        lines: at least one; lines without a finite value are left out.
        end: last step of the axis, which begins with the stage of the first value.
        label: says to those who cannot see it what is shown.
        stages: name, first and last step; boundaries are marked if there are several.
        logarithmic: draw the values so where all are positive and spread over a factor of 30.
        span: range of the values; None takes that of the lines.
        level: a value to compare with, a dashed line.
        band: a range of good values, shaded.
        best: a point to mark.
    """
    lines = [replace(line, points=_thinned(line.points)) for line in lines]
    values = [value for line in lines for _, value in line.points if math.isfinite(value)]
    if not values:
        return ""
    begin, stages = _shown(lines, stages)
    across = _Axis(begin, max(float(end), begin + 1.0), _LEFT, _WIDTH - _RIGHT)
    up = _value_axis([*values, *([] if level is None else [level])], span, logarithmic)
    parts = [_band(band, across, up)] if band else []
    parts += [_grid(across, up), _stages(stages, across)]
    if level is not None:
        y = up.place(level)
        parts.append(f'<path class="level" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
    for line in lines:
        smoothed = len(line.points) >= _SMOOTHED_FROM and not line.exact
        parts.append(_curve(line.points, across, up, f"t{line.tone}{' faint' if smoothed else ''}", dots=not smoothed))
        if smoothed:
            parts.append(_curve(_averaged(line.points, stages), across, up, f"t{line.tone}", dots=False))
    if best is not None:
        parts.append(f'<circle class="best" cx="{across.place(best[0]):.1f}" cy="{up.place(best[1]):.1f}" r="5"/>')
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def step_words(step: float) -> str:
    """``60 000``, with spaces that do not break."""
    return f"{step:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _shown(lines: Sequence[Line], stages: Sequence[_Stage]) -> tuple[float, Sequence[_Stage]]:
    """Where the axis begins, and the stages from there: what belongs to a later stage leaves no empty space."""
    earliest = min(step for line in lines for step, value in line.points if math.isfinite(value))
    later = [stage for stage in stages if stage[2] >= earliest]
    return (later[0][1], later) if later else (0.0, [])


def _value_axis(values: list[float], span: tuple[float, float] | None, logarithmic: bool) -> _Axis:
    bottom, top = _HEIGHT - _BOTTOM, _TOP
    if span is not None:
        return _Axis(*span, bottom, top)
    low, high = min(values), max(values)
    if logarithmic and low > 0 and high / low >= _LOGARITHMIC_FROM:
        return _Axis(low * 0.9, high * 1.1, bottom, top, logarithmic=True)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    # A curve that is never negative should not seem to be.
    return _Axis(low - room if low < 0 or low > room else 0.0, high + room, bottom, top)


def _grid(across: _Axis, up: _Axis) -> str:
    parts = []
    for tick in up.ticks(4):
        y = up.place(tick)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    for tick in across.ticks(5):
        x = across.place(tick)
        anchor = "end" if x > _WIDTH - 2 * _RIGHT else "middle"
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 7}" text-anchor="{anchor}">{_short(tick)}</text>')
    return "".join(parts)


def _stages(stages: Sequence[_Stage], across: _Axis) -> str:
    if len(stages) < 2:
        return ""
    parts = []
    for number, (name, first, last) in enumerate(stages):
        left, right = across.place(first), across.place(last)
        if number:
            parts.append(f'<path class="boundary" d="M{left:.1f} {_TOP - 12}V{_HEIGHT - _BOTTOM}"/>')
        if right - left > _LETTER * len(name) + 4:
            parts.append(f'<text class="stage" x="{left + 4:.1f}" y="{_TOP - 5}">{escape(name)}</text>')
    return "".join(parts)


def _band(band: tuple[float, float], across: _Axis, up: _Axis) -> str:
    top, bottom = up.place(band[1]), up.place(band[0])
    return (
        f'<rect class="band" x="{across.start:.1f}" y="{top:.1f}" '
        f'width="{across.end - across.start:.1f}" height="{bottom - top:.1f}"/>'
    )


def _curve(points: Sequence[tuple[float, float]], across: _Axis, up: _Axis, tone: str, *, dots: bool) -> str:
    path, circles, drawing = [], [], False
    for step, value in points:
        if not math.isfinite(value):
            drawing = False
            continue
        x, y = across.place(step), up.place(value)
        path.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
        circles.append(f'<circle class="{tone}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>')
        drawing = True
    few = dots and len(points) <= _SMOOTHED_FROM / 4
    return f'<path class="curve {tone}" d="{"".join(path)}"/>' + ("".join(circles) if few else "")


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Means of neighbours, so that a long training is not a long page."""
    size = -(-len(points) // _MOST_POINTS)
    if size <= 1:
        return list(points)
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(group[-1][0], _mean([value for _, value in group])) for group in groups]


def _averaged(points: Sequence[tuple[float, float]], stages: Sequence[_Stage]) -> list[tuple[float, float]]:
    reach = max(1, len(points) // 40)
    ends = [last for _, _, last in stages]
    stage = [bisect.bisect_left(ends, step) for step, _ in points]
    averaged = []
    for index, (step, value) in enumerate(points):
        near = range(max(0, index - reach), min(len(points), index + reach + 1))
        mean = _mean([points[other][1] for other in near if stage[other] == stage[index]])
        averaged.append((step, mean if math.isfinite(value) else math.nan))
    return averaged


def _mean(values: list[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.nan


def _short(value: float) -> str:
    """``20k``, ``0.05``, ``1e-6``."""
    if value and not 1e-3 <= abs(value) < 1e9:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(power)}"
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if abs(value) >= 1e4 else f"{value:.6g}"
