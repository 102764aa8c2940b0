"""The page of a comparison: tables and crops as they are, and a viewer that a script brings to life."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from srgan.reports.differing_crops import Crop
from srgan.reports.metric_names import METRIC_NAMES, MetricName, metric_name

__all__ = ["PagePicture", "comparison_page"]

Scores = Mapping[str, float | None]

_HEAT = ((0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51), (249, 140, 10),
         (249, 201, 50), (252, 255, 164))  # fmt: skip
"""Nine steps of the colour map Inferno (matplotlib), dark to light, whose lightness rises evenly."""


@dataclass(frozen=True)
class PagePicture:
    """One picture of the page.

    Attributes:
        name: of it.
        size: width and height of the results.
        sources: address of each column's picture.
        scores: figures of each column.
        crops: squares to look at.
        parts: of each crop, the address of each column's part.
    """

    name: str
    size: tuple[int, int]
    sources: list[str]
    scores: Sequence[Scores]
    crops: list[Crop]
    parts: list[list[str]]


def comparison_page(
    title: str,
    columns: Sequence[str],
    pictures: Sequence[PagePicture],
    *,
    means: Mapping[str, Scores],
    notes: Sequence[str],
) -> str:
    """The page as HTML: nothing outside it is asked for but the pictures' own addresses.

    Its policy allows no other address, no style or script but its own, and no handler inside elements.

    Args:
        title: of the page.
        columns: what each picture is shown as, in order: LR, the models, HR where it is known.
        pictures: at least one.
        means: figures over all pictures, by column.
        notes: paragraphs below the table.
    """
    here = Path(__file__)
    style = here.with_name("comparison.css").read_text(encoding="utf-8") + _legend()
    script = here.with_name("comparison.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; img-src 'self' file: data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(
        [
            f"<header><h1>{escape(title)}</h1><p>{_summary(columns, pictures)}</p></header>",
            _table(columns, means),
            "".join(f'<p class="note">{escape(note)}</p>' for note in notes),
            _viewer(),
            _gallery(columns, pictures),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{style}</style></head>\n'
        f'<body><main>\n{body}\n</main>\n<script type="application/json" id="data">{_data(columns, pictures)}</script>\n'
        f"<script>{script}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _summary(columns: Sequence[str], pictures: Sequence[PagePicture]) -> str:
    models = [column for column in columns if column not in ("LR", "HR")]
    return f"{len(models)} models, {len(pictures)} pictures. {escape(', '.join(models))}."


def _legend() -> str:
    stops = ", ".join(f"rgb({red} {green} {blue})" for red, green, blue in _HEAT)
    return f"\n.legend i {{ background: linear-gradient(to right, {stops}); }}\n"


def _data(columns: Sequence[str], pictures: Sequence[PagePicture]) -> str:
    names = _shown([scores for picture in pictures for scores in picture.scores])
    values = {
        "columns": [*columns],
        "pictures": [
            {
                "name": picture.name,
                "size": picture.size,
                "sources": picture.sources,
                "scores": [_words(scores, names) for scores in picture.scores],
            }
            for picture in pictures
        ],
    }
    # Inside a script element nothing but its own end is special.
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _shown(scores: Sequence[Scores]) -> dict[str, MetricName]:
    """The metrics that have a value, the known ones first."""
    found = {name for each in scores for name, value in each.items() if value is not None}
    ordered = [name for name in METRIC_NAMES if name in found] + sorted(found - {*METRIC_NAMES})
    return {name: metric_name(name) for name in ordered}


def _words(scores: Scores, names: Mapping[str, MetricName]) -> list[str]:
    return [
        f"{known.label} {_figure(known, value)} {known.unit}".strip()
        for name, known in names.items()
        if (value := scores.get(name)) is not None
    ]


def _figure(known: MetricName, value: float) -> str:
    return known.format(value) if math.isfinite(value) else "\N{INFINITY}"


def _table(columns: Sequence[str], means: Mapping[str, Scores]) -> str:
    names = _shown([*means.values()])
    if not names:
        return ""
    arrows = {True: " \N{UPWARDS ARROW}", False: " \N{DOWNWARDS ARROW}", None: ""}
    heads = "".join(
        f'<th class="number">{escape(known.title)}{arrows[known.higher_is_better]}</th>' for known in names.values()
    )
    best = {
        name: (max if known.higher_is_better else min)(
            value for scores in means.values() if (value := scores.get(name)) is not None
        )
        for name, known in names.items()
        if known.higher_is_better is not None
    }
    rows = []
    for column in columns:
        if column in means:
            cells = "".join(
                _cell(known, means[column].get(name), best=best.get(name)) for name, known in names.items()
            )
            rows.append(f"<tr><th>{escape(column)}</th>{cells}</tr>")
    return (
        '<section><div class="wide"><table><caption>Means over the pictures; arrows: which way is better, bold: the '
        f"best</caption><tr><th></th>{heads}</tr>{''.join(rows)}</table></div></section>"
    )


def _cell(known: MetricName, value: float | None, *, best: float | None) -> str:
    if value is None:
        return '<td class="number"></td>'
    return f'<td class="number{" best" if value == best else ""}">{_figure(known, value)}</td>'


def _gallery(columns: Sequence[str], pictures: Sequence[PagePicture]) -> str:
    rows = []
    for number, picture in enumerate(pictures):
        for crop, parts in zip(picture.crops, picture.parts, strict=True):
            figures = "".join(
                f'<figure><img src="{escape(uri)}" alt="{escape(picture.name)}: {escape(column)}">'
                f"<figcaption>{escape(column)}</figcaption></figure>"
                for column, uri in zip(columns, parts, strict=True)
            )
            where = f"{crop.left}, {crop.top}, {crop.width} x {crop.height}"
            rows.append(
                f'<div class="crop"><h3>{escape(picture.name)} <span>{where}</span>'
                f'<button type="button" class="go" data-picture="{number}" data-crop="{crop.left} {crop.top} '
                f'{crop.width} {crop.height}">show</button></h3><div class="strip">{figures}</div></div>'
            )
    return (
        '<section id="crops"><h2>Where they differ most</h2><p class="note">Of each picture the squares in which the '
        f"luma of the models differs most, not chosen by hand.</p>{''.join(rows)}</section>"
    )


def _viewer() -> str:
    tables = "".join(
        f'<feFunc{letter} type="table" tableValues="{" ".join(f"{colour[place] / 255:.3f}" for colour in _HEAT)}"/>'
        for place, letter in enumerate("RGB")
    )
    return (
        '<section id="viewer" class="sleeping"><noscript><p class="note">The viewer needs JavaScript; the crops below '
        "do not.</p></noscript>"
        '<div class="bar" role="toolbar" aria-label="Viewer">'
        '<span class="group"><button type="button" id="previous" aria-label="previous picture">\N{SINGLE LEFT-POINTING '
        'ANGLE QUOTATION MARK}</button><select id="picture" aria-label="picture"></select><button type="button" '
        'id="next" aria-label="next picture">\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}</button></span>'
        '<span class="group" id="modes"><button type="button" data-mode="side">side by side</button>'
        '<button type="button" data-mode="slider">slider</button>'
        '<button type="button" data-mode="difference">difference</button></span>'
        '<span class="group"><button type="button" id="out" aria-label="zoom out">\N{MINUS SIGN}</button>'
        '<output id="zoom"></output><button type="button" id="in" aria-label="zoom in">+</button>'
        '<button type="button" id="fit">fit</button><button type="button" id="actual">1:1</button></span>'
        '<label class="for side difference slider"><input type="checkbox" id="pixels" checked> pixels</label>'
        '<label class="for slider">left <select id="left"></select></label>'
        '<label class="for slider">right <select id="right"></select></label>'
        '<label class="for difference">against <select id="against"></select></label>'
        '<label class="for difference">gain <input type="range" id="gain" min="1" max="16" value="4"></label>'
        '<span class="for difference legend">0 <i></i> <output id="most"></output></span></div>'
        '<div id="panes" tabindex="0" role="group" aria-label="Pictures: drag to move, wheel to zoom, arrow keys, '
        '+ and - too"></div>'
        '<svg width="0" height="0" aria-hidden="true"><filter id="heat" color-interpolation-filters="sRGB" x="0" y="0" '
        'width="100%" height="100%"><feColorMatrix id="amplify" type="matrix" values="1 0 0 0 0 0 1 0 0 0 0 0 1 0 0 0 0 '
        f'0 1 0"/><feComponentTransfer>{tables}</feComponentTransfer></filter></svg></section>'
    )
