"""Bars with names and values, as an SVG file of its own that follows the reader's light or dark colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Bar", "bar_chart"]

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 760, 250, 70, 64, 30
_STYLE = """
svg { color-scheme: light dark; --paper: #fff; --ink: #23282d; --soft: #69717a; --tone: #2b6c99; }
@media (prefers-color-scheme: dark) { svg { --paper: #15181b; --ink: #e3e5e7; --soft: #98a1aa; --tone: #6db1dc; } }
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--soft); }
.title { font-size: 16px; font-weight: 600; fill: var(--ink); } .own-name { font-weight: 600; fill: var(--tone); }
.paper { fill: var(--paper); } .own { fill: var(--tone); } .other { fill: var(--soft); opacity: 0.6; }
"""


@dataclass(frozen=True)
class Bar:
    """One name with its value; `own` ones stand out."""

    name: str
    value: float
    own: bool = False


def bar_chart(bars: Sequence[Bar], *, title: str, unit: str) -> str:
    """A chart of one value a name, the longest bar as long as there is room.

    Args:
        bars: from top to bottom; values are not negative.
        title: of the chart.
        unit: what the values are, below the title.
    """
    most = max(bar.value for bar in bars)
    height = _TOP + _ROW * len(bars) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="20" y="28">{escape(title)}</text><text x="20" y="48">{escape(unit)}</text>',
    ]
    for number, bar in enumerate(bars):
        top = _TOP + _ROW * number
        length = (_WIDTH - _LEFT - _RIGHT) * bar.value / most if most > 0 else 0
        kind, name = ("own", ' class="own-name"') if bar.own else ("other", "")
        parts.append(
            f'<text{name} x="{_LEFT - 10}" y="{top + 18}" text-anchor="end">{escape(bar.name)}</text>'
            f'<rect class="{kind}" x="{_LEFT}" y="{top + 4}" width="{length:.1f}" height="20" rx="2"/>'
            f'<text{name} x="{_LEFT + length + 8:.1f}" y="{top + 18}">{bar.value:.3g}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])
