"""The page of a comparison: tables and crops as they are, and a viewer that a script brings to life."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

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
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{style}</style></head>\n'
        f"<body><main>\n{body}\n</main>\n"
        f'<script type="application/json" id="data">{_data(columns, pictures)}</script>\n'
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
        # Below 0 a grid index is not better: there is no more of a pattern than in the full pictures.
        if known.higher_is_better is not None and name != "grid"
    }
    rows = []
    for column in columns:
        if column in means:
            cells = "".join(_cell(known, means[column].get(name), best=best.get(name)) for name, known in names.items())
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
    return Template(Path(__file__).with_name("comparison.html").read_text(encoding="utf-8")).substitute(tables=tables)
