"""One self-contained page about a training."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from srgan.files import atomic_write
from srgan.reports.crop_rows import crop_rows
from srgan.reports.line_chart import Line, line_chart, step_words
from srgan.reports.metric_summary import MetricSummary, summarise
from srgan.reports.run_record import RunRecord, read_run
from srgan.reports.toml_text import toml_text

__all__ = ["write_training_report"]

_STATUS = {
    "finished": ("good", "finished"),
    "running": ("calm", "running"),
    "stopped": ("wait", "stopped; the same command continues"),
    "diverged": ("bad", "diverged"),
}
_GAMES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    (
        "Discriminator",
        {"advantage": "right, share of places", "rested": "rested, share of steps"},
        {"span": (0.0, 1.0), "band": (0.52, 0.97), "level": 0.5},
    ),
    ("Mean scores", {"real_score": "real", "fake_score": "generated"}, {}),
    ("Outputs over real pictures", {"detail": "fine detail", "diversity": "diversity"}, {"level": 1.0}),
    (
        "Gradient norms",
        {"gradient_generator": "generator", "gradient_discriminator": "discriminator"},
        {"logarithmic": True},
    ),
]


def write_training_report(folder: Path) -> Path:
    """Write ``report.html`` about the training in a folder; an earlier one is replaced.

    Shown is what is there of ``log.jsonl`` (required), ``run.json``, ``status.json`` and ``crops/``: losses, learning
    rates, metrics, the health of an adversarial game, crops, configuration, environment and events. The page needs
    nothing but itself: styles, curves (SVG) and pictures are inside, and there are no scripts.

    Args:
        folder: of the run, ``experiments/<name>``.

    Returns:
        The page.

    Raises:
        UsageError: the folder has no ``log.jsonl``.
        OutputError: the page cannot be written.
    """
    record = read_run(folder)
    path = folder / "report.html"
    with atomic_write(path) as file:
        file.write(_page(record).encode("utf-8", errors="replace"))
    return path


def _page(record: RunRecord) -> str:
    name = escape(_name(record))
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    parts = [
        _header(record),
        _words(record),
        _crops(record),
        _validation(record),
        _losses(record),
        _game(record),
        _events(record),
        _configuration(record),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name} - training report</title><style>\n{style}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _name(record: RunRecord) -> str:
    run = record.about.get("run")
    return str((run.get("name") if isinstance(run, dict) else None) or record.folder.resolve().name)


def _header(record: RunRecord) -> str:
    tone, words = _STATUS.get(str(record.status.get("status")), ("wait", "end unknown"))
    done = record.status.get("step", record.last_step)
    total = record.about.get("steps")
    steps = f"{step_words(done)} of {step_words(total)}" if isinstance(total, int) else step_words(done)
    stages = list(dict.fromkeys(name for name, _, _ in record.stages() if name))
    facts = [f"{steps} steps", f"stages: {', '.join(stages)}" if len(stages) > 1 else ""]
    if "seconds" in record.status:
        facts.append(_duration(record.status["seconds"]))
    if record.events:
        facts.append(f"{len(record.events)} event{'s' if len(record.events) > 1 else ''}")
    summary = " \N{MIDDLE DOT} ".join(escape(fact) for fact in facts if fact)
    tiles = "".join(_tile(metric) for metric in summarise(record.validations))
    return (
        f'<header><div class="title"><h1>{escape(_name(record))}</h1><span class="status {tone}">{words}</span></div>'
        f'<p class="summary">{summary}</p></header>' + (f'<div class="tiles">{tiles}</div>' if tiles else "")
    )


def _tile(metric: MetricSummary) -> str:
    step, value = metric.best or metric.last
    kind = "best" if metric.best else "last"
    small = f" <small>{escape(metric.unit)}</small>" if metric.unit else ""
    return (
        f'<div class="tile"><span>{escape(metric.label)}</span><b>{metric.format(value)}{small}</b>'
        f"<span>{kind}, at step {step_words(step)}</span></div>"
    )


def _words(record: RunRecord) -> str:
    lines = [entry.words for entry in record.progress if entry.words]
    if not lines:
        return ""
    balanced = sum(line.startswith("GAN: balanced") for line in lines)
    tone = "good" if lines[-1].startswith("GAN: balanced") else "wait"
    return (
        f'<p class="words {tone}"><span>The game at the end (balanced in {100 * balanced / len(lines):.0f} % of the '
        f"progress lines)</span>{escape(lines[-1])}</p>"
    )


def _crops(record: RunRecord) -> str:
    generated = record.about.get("run", {}).get("task") == "generation"
    rows, notes = crop_rows(record.crops, whole=generated)
    if not rows and not notes:
        return ""
    sheets = []
    for name, pictures in rows:
        figures = "".join(
            f'<figure><img src="{uri}" alt="{escape(name)}: {escape(label)}"><figcaption>{escape(label)}</figcaption>'
            "</figure>"
            for label, uri in pictures
        )
        sheets.append(f'<div class="sheet"><h3>{escape(name)}</h3><div class="strip">{figures}</div></div>')
    return "<section><h2>Crops</h2>" + "".join(sheets) + _notes(notes) + "</section>"


def _validation(record: RunRecord) -> str:
    metrics = summarise(record.validations)
    if not metrics:
        return ""
    charts = []
    for metric in metrics:
        points = [(entry.step, entry.metrics.get(metric.name, math.nan)) for entry in record.validations]
        caption = f"best {metric.format(metric.best[1])} at {step_words(metric.best[0])}" if metric.best else ""
        charts.append(_chart(record, metric.title, [Line(metric.label, points)], caption, best=metric.best))
    protocol = record.about.get("protocol")
    note = f'<p class="note">Protocol: {escape(str(protocol))}</p>' if protocol else ""
    return f"<section><h2>Validation</h2>{_charts(charts)}{_metric_table(metrics)}{note}</section>"


def _metric_table(metrics: list[MetricSummary]) -> str:
    rows = []
    for metric in metrics:
        arrow = {True: " \N{UPWARDS ARROW}", False: " \N{DOWNWARDS ARROW}", None: ""}[metric.higher_is_better]
        pairs = (metric.best, metric.last)
        written = [(metric.format(pair[1]), step_words(pair[0])) if pair else ("", "") for pair in pairs]
        numbers = "".join(f'<td class="number">{cell}</td>' for pair in written for cell in pair)
        rows.append(f"<tr><td>{escape(metric.title)}{arrow}</td>{numbers}</tr>")
    heads = "".join(f'<th class="number">{head}</th>' for head in ("best", "at step", "last", "at step"))
    return (
        '<h3>Best and last <span class="soft">(arrows: which way is better)</span></h3>'
        f'<div class="wide"><table class="scores"><tr><th>metric</th>{heads}</tr>{"".join(rows)}</table></div>'
    )


def _losses(record: RunRecord) -> str:
    names = dict.fromkeys(name for entry in record.progress for name in entry.losses)
    charts = []
    for name in names:
        points = [(entry.step, entry.losses.get(name, math.nan)) for entry in record.progress]
        charts.append(_chart(record, name, [Line(name, points)], _latest(points), logarithmic=True))
    players = dict.fromkeys(name for entry in record.progress for name in entry.lr)
    rates = [
        Line(name, [(entry.step, entry.lr.get(name, math.nan)) for entry in record.progress], 1 + index % 3, True)
        for index, name in enumerate(players)
    ]
    charts.append(_chart(record, "Learning rate", rates, _latest(rates[0].points) if len(rates) == 1 else ""))
    return f"<section><h2>Losses and learning rates</h2>{_charts(charts)}</section>" if any(charts) else ""


def _game(record: RunRecord) -> str:
    measured = {name for entry in record.progress for name in entry.health}
    charts = []
    for title, wanted, options in _GAMES:
        lines = [
            Line(words, [(entry.step, entry.health.get(name, math.nan)) for entry in record.progress], tone)
            for tone, (name, words) in enumerate(wanted.items(), start=1)
            if name in measured
        ]
        if lines:
            caption = _latest(lines[0].points) if len(lines) == 1 else ""
            charts.append(_chart(record, title, lines, caption, **options))
    if not any(charts):
        return ""
    note = _notes(
        ["Shaded: a discriminator that is useful. At .5 it cannot tell real from generated, at 1 it always can."]
    )
    return f"<section><h2>The adversarial game</h2>{_charts(charts)}{note}</section>"


def _events(record: RunRecord) -> str:
    items = "".join(
        f"<li><b>{step_words(event.step)}</b><span>{escape(event.words)}</span></li>" for event in record.events
    )
    listed = f'<ul class="events">{items}</ul>' if items else '<p class="soft">None: no step was skipped.</p>'
    return f"<section><h2>Events</h2>{listed}{_notes(record.notes)}</section>"


def _configuration(record: RunRecord) -> str:
    parts = []
    facts = _flat(record.about.get("environment"))
    if "data_hash" in record.about:
        facts.append(("data hash", str(record.about["data_hash"])))
    if facts:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts)
        parts.append(
            f'<section><h2>Environment</h2><div class="wide"><table class="facts">{rows}</table></div></section>'
        )
    run = record.about.get("run")
    if isinstance(run, dict):
        parts.append(
            "<section><h2>Configuration</h2><details><summary>The run file with every default written out</summary>"
            f"<pre>{escape(toml_text(run))}</pre></details></section>"
        )
    return "\n".join(parts)


def _flat(table: object, prefix: str = "") -> list[tuple[str, str]]:
    if not isinstance(table, dict):
        return []
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            rows += _flat(value, f"{name}.")
        else:
            text = ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
            rows.append((name.replace("_", " "), text))
    return rows


def _chart(
    record: RunRecord,
    title: str,
    lines: list[Line],
    caption: str,
    **options: Any,  # noqa: ANN401  those of line_chart
) -> str:
    drawing = line_chart(lines, end=record.last_step, label=title, stages=record.stages(), **options)
    if not drawing:
        return ""
    keys = "".join(f'<i class="t{line.tone}">{escape(line.name)}</i>' for line in lines) if len(lines) > 1 else ""
    said = f"<span>{caption}</span>" if caption else ""
    return f'<figure class="chart"><figcaption><b>{escape(title)}</b>{keys}{said}</figcaption>{drawing}</figure>'


def _charts(charts: list[str]) -> str:
    return f'<div class="charts">{"".join(charts)}</div>'


def _notes(notes: list[str]) -> str:
    return "".join(f'<p class="note">{escape(note)}</p>' for note in notes)


def _latest(points: Sequence[tuple[float, float]]) -> str:
    values = [value for _, value in points if math.isfinite(value)]
    return f"last {values[-1]:.4g}" if values else ""


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
