"""Super-resolution models as tables: for people (Markdown) and for programs (CSV)."""

import csv
import io
import math
from collections.abc import Sequence

import numpy as np

from srgan.evaluation.estimates import Estimate, resampled
from srgan.evaluation.picture_score import METRICS
from srgan.evaluation.speed import SPEED_PROTOCOL
from srgan.evaluation.super_resolution_row import Row
from srgan.reports import metric_name

__all__ = ["SHOWN", "super_resolution_csv", "super_resolution_table"]

SHOWN = ("psnr_y", "ssim_y", "lpips", "grid", "consistency")
"""The metrics of a table when none are asked for."""


def super_resolution_table(rows: Sequence[Row], *, metrics: Sequence[str] = SHOWN, per_picture: bool = False) -> str:
    """A table for each set, with 95 % intervals over its pictures, and the protocols below.

    Means of few pictures say little about others, so that the intervals are wide; whether one model is better than
    another is seen in the second table of each set, where pictures are drawn with the figures of both.

    Args:
        rows: at least one, comparable (`srgan.evaluation.merge_rows`).
        metrics: the columns; those that nobody has are left out.
        per_picture: a further table has a row for every picture and model.
    """
    blocks = []
    for dataset, scale in dict.fromkeys((row.dataset, row.scale) for row in rows):
        own = [row for row in rows if (row.dataset, row.scale) == (dataset, scale)]
        measured = [metric for metric in metrics if any(row.values(metric).size for row in own)]
        blocks.append(_means(own, measured, f"{dataset} x{scale}"))
        if len(own) > 1 and own[0].images > 1:
            blocks.append(_differences(own, measured))
        blocks.append(_protocol(own, measured))
        if per_picture:
            blocks.append(_pictures(own, measured))
    if any(row.speed for row in rows):
        cores = next(row.speed["cores"] for row in rows if row.speed)
        blocks.append(f"Speed: {SPEED_PROTOCOL}; {cores:.0f} cores.")
    return "\n\n".join(blocks)


def super_resolution_csv(rows: Sequence[Row]) -> str:
    """One line for each figure: of every picture, and the means with their intervals (picture: empty)."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["model", "dataset", "scale", "picture", "metric", "value", "low", "high", "unit", "protocol"])
    for row in rows:
        shared = "; ".join(words for name, words in row.protocol.items() if name not in METRICS)
        for metric in METRICS:
            found = row.interval(metric)
            if found is None:
                continue
            start = [row.model, row.dataset, row.scale]
            end = [metric_name(metric).unit, f"{shared}; {row.protocol[metric]}"]
            writer.writerow([*start, "", metric, *(_plain(number) for number in found), *end])
            for score in row.pictures:
                value = getattr(score, metric)
                if value is not None:
                    writer.writerow([*start, score.picture, metric, _plain(value), "", "", *end])
        for name, value in row.speed.items():
            writer.writerow([row.model, row.dataset, row.scale, "", name, _plain(value), "", "", "", SPEED_PROTOCOL])
    return file.getvalue()


def _means(rows: Sequence[Row], metrics: Sequence[str], head: str) -> str:
    speeds = any(row.speed for row in rows)
    heads = [head, *(metric_name(metric).title for metric in metrics), *(["MP/s", "peak RSS, MiB"] * speeds)]
    cells = []
    for row in rows:
        line = [row.model, *(_estimate(row.interval(metric), metric) for metric in metrics)]
        if speeds:
            line += [_speed(row, "megapixels_per_second", 2), _speed(row, "peak_rss_mib", 0)]
        cells.append(line)
    return _table(heads, cells)


def _differences(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    first, *others = rows
    cells = [[row.model, *(_difference(row, first, metric) for metric in metrics)] for row in others]
    heads = [f"difference from {first.model}", *(metric_name(metric).title for metric in metrics)]
    return _table(heads, cells)


def _difference(row: Row, first: Row, metric: str) -> str:
    pairs = {score.picture: getattr(score, metric) for score in first.pictures}
    found = [(getattr(score, metric), pairs.get(score.picture)) for score in row.pictures]
    values = np.array([one - other for one, other in found if one is not None and other is not None], np.float64)
    if not values.size or not np.isfinite(values).all():
        return ""
    return _estimate(resampled(values[:, None], lambda means: means)[0], metric, sign="+")


def _protocol(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    row = rows[0]
    shared = [words for name, words in row.protocol.items() if name not in METRICS]
    own = [
        f"{metric_name(metric).label}: {next(r.protocol[metric] for r in rows if metric in r.protocol)}"
        for metric in metrics
    ]
    return f"Protocol: {'; '.join([*shared, *own])}. In brackets: 95 % intervals over pictures (bootstrap)."


def _pictures(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    cells = []
    for scores in zip(*(row.pictures for row in rows), strict=True):
        for row, score in zip(rows, scores, strict=True):
            values = [getattr(score, metric) for metric in metrics]
            figures = [_figure(value, metric) for value, metric in zip(values, metrics, strict=True)]
            cells.append([score.picture, row.model, *figures])
    return _table(["picture", "", *(metric_name(metric).title for metric in metrics)], cells, names=2)


def _table(heads: Sequence[str], cells: Sequence[Sequence[str]], *, names: int = 1) -> str:
    rule = ["---"] * names + ["---:"] * (len(heads) - names)
    lines = [heads, rule, *([cell.replace("|", "\\|") for cell in line] for line in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _estimate(found: Estimate | None, metric: str, *, sign: str = "") -> str:
    if found is None:
        return ""
    decimals = metric_name(metric).decimals
    if not math.isfinite(found.low):
        return _figure(found.value, metric)
    value, low, high = (f"{number:{sign}.{decimals}f}" for number in found)
    return f"{value} [{low}, {high}]"


def _figure(value: float | None, metric: str) -> str:
    return "" if value is None else f"{value:.{metric_name(metric).decimals}f}"


def _speed(row: Row, name: str, decimals: int) -> str:
    return f"{row.speed[name]:.{decimals}f}" if name in row.speed else ""


def _plain(value: float) -> str:
    """All digits; empty where there is no number."""
    return "" if math.isnan(value) else repr(float(value))
