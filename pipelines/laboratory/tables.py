"""One table a problem: a row a game, means and standard errors over the seeds."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.laboratory.playing import Played
from pipelines.laboratory.problems import Problem

__all__ = ["Row", "as_csv", "as_json", "as_markdown", "make_rows", "mean_and_error"]

_MEASURES = ("modes", "good", "reverse_kl", "spread", "distance", "seconds")


@dataclass(frozen=True)
class Row:
    """One game.

    Attributes:
        game: its name.
        runs: seeds.
        measures: mean and standard error of each measure; None where no run has it, or, for the error, fewer than two.
        narrow: whether the mean share of good samples is above that of true samples: modes are too narrow.
    """

    game: str
    runs: int
    measures: dict[str, tuple[float | None, float | None]]
    narrow: bool


def mean_and_error(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and its standard error."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def make_rows(problem: Problem, runs: Mapping[str, Sequence[Played]]) -> list[Row]:
    """Rows of a table.

    Args:
        problem: that was played.
        runs: of each game, at least one.
    """
    rows = []
    for game, played in runs.items():
        columns = {name: [getattr(run.scores, name, None) for run in played] for name in _MEASURES}
        columns["seconds"] = [run.seconds for run in played]
        measures = {
            name: mean_and_error([float(value) for value in values if value is not None])
            for name, values in columns.items()
        }
        good = measures["good"][0]
        rows.append(Row(game, len(played), measures, good is not None and good > 100 * problem.ceiling))
    return rows


def as_markdown(problem: Problem, rows: Sequence[Row]) -> str:
    """The table for people."""
    lines = [
        f"| {problem.title} | modes of {problem.modes} | good samples, % | reverse KL | spread | distance | s | runs |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [_words(row.measures[name], places) for name, places in zip(_MEASURES, (1, 1, 3, 2, 3, 0), strict=True)]
        if row.narrow:
            cells[1] += " (too narrow)"
        lines.append(f"| {row.game} | {' | '.join(cells)} | {row.runs} |")
    lines += [
        "",
        f"Means over the runs ± their standard errors. Of true samples {100 * problem.ceiling:.3f} % are good; more "
        "means that modes are too narrow. Spread: of good samples, over that of true ones. Distance: sliced "
        "Wasserstein-1, in standard deviations of the data. s: seconds of processor time a run.",
        "",
    ]
    return "\n".join(lines)


def as_csv(rows: Sequence[Row]) -> str:
    """The table for programs: a line a game, mean and standard error of each measure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["game", "runs", "narrow", *(f"{name}{end}" for name in _MEASURES for end in ("", "_error"))])
    for row in rows:
        numbers = ["" if value is None else f"{value:.6g}" for name in _MEASURES for value in row.measures[name]]
        writer.writerow([row.game, row.runs, int(row.narrow), *numbers])
    return text.getvalue()


def as_json(problem: Problem, runs: Mapping[str, Sequence[Played]]) -> str:
    """Every single run."""
    games = {
        game: [
            {name: getattr(run.scores, name, None) for name in _MEASURES[:-1]} | {"seconds": round(run.seconds, 1)}
            for run in played
        ]
        for game, played in runs.items()
    }
    whole = {"problem": problem.name, "modes": problem.modes, "ceiling": 100 * problem.ceiling, "games": games}
    return json.dumps(whole, indent=2) + "\n"


def _words(value: tuple[float | None, float | None], places: int) -> str:
    mean, error = value
    if mean is None:
        return "-"
    return f"{mean:.{places}f}" if error is None else f"{mean:.{places}f} ± {error:.{places}f}"
