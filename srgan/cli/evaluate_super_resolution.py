"""What ``srgan evaluate`` does with models for super-resolution."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from srgan.errors import ModelError, PictureError, UsageError

if TYPE_CHECKING:
    from srgan.evaluation import BenchmarkSet, Contender, Gate, Row
    from srgan.metrics import LpipsMetric
    from srgan.runtime import Model

__all__ = ["SUPER_RESOLUTION_OPTIONS", "evaluate_super_resolution", "is_lanczos", "super_resolution_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_FAILED = 3
_DIRECTORY, _FILE = click.Path(path_type=Path), click.Path(path_type=Path, dir_okay=False)

_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--hr", multiple=True, type=_DIRECTORY, metavar="DIR", help="Super-resolution: full pictures; may be repeated."
    ),
    click.option(
        "--lr", multiple=True, type=_DIRECTORY, metavar="DIR", help="Small pictures, one a --hr; else made by bicubic."
    ),
    click.option("-s", "--scale", type=click.IntRange(1, 8), default=4, show_default=True, help="Reduction."),
    click.option("--grey-as-y", is_flag=True, help="Take one-channel files as Y (older tables) instead of as RGB."),
    click.option(
        "--results", multiple=True, metavar="NAME=DIR", help="Measure finished results too, of one --hr; repeatable."
    ),
    click.option("--metrics", metavar="NAME,...", help="Columns of the table [psnr_y,ssim_y,lpips,grid,consistency]."),
    click.option("--speed", is_flag=True, help="Measure megapixels a second and memory too, each in its own process."),
    click.option("--fail-below", multiple=True, metavar="SET.METRIC=X", help="Exit with 3 below this; repeatable."),
    click.option("--fail-above", multiple=True, metavar="SET.METRIC=X", help="Exit with 3 above this; repeatable."),
    click.option(
        "--beside", multiple=True, type=_FILE, metavar="JSON", help="Put the rows of an earlier report beside them."
    ),
    click.option(
        "--report", type=_DIRECTORY, metavar="DIR", help="Write tables (JSON, CSV, Markdown) and charts there."
    ),
    click.option("--csv", "as_csv", is_flag=True, help="Every figure as CSV."),
    click.option("-j", "--jobs", type=click.IntRange(1, 64), metavar="N", help="Threads that measure [by cores]."),
)

SUPER_RESOLUTION_OPTIONS = (
    *("hr", "lr", "scale", "grey_as_y", "results", "metrics", "speed"),
    *("fail_below", "fail_above", "beside", "report", "as_csv", "jobs"),
)
"""Names of the parameters that only super-resolution has."""


def super_resolution_options(command: _Command) -> _Command:
    """Add the options that only super-resolution has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def is_lanczos(name: str) -> bool:
    """Whether that means the interpolation, which is no model to load."""
    return name.lower() == "lanczos"


def evaluate_super_resolution(models: "dict[str, Model]", options: dict[str, Any], lpips: "LpipsMetric | None") -> int:
    """Measure models that upscale on every set, and print the figures.

    Args:
        models: by the name that the table gives them, without lanczos.
        options: as click gives them: those of `super_resolution_options`, and models, device, precision, per_picture
            and as_json.
        lpips: also measure this.

    Returns:
        The exit code: 3 where a limit is broken.

    Raises:
        UsageError: options that do not fit together, or pictures that cannot be measured.
    """
    from dataclasses import replace

    from srgan.evaluation import Gate, evaluate_contenders, merge_rows, read_rows, write_evaluation

    gates = [Gate.parse(text) for text in options["fail_below"]]
    gates += [Gate.parse(text, above=True) for text in options["fail_above"]]
    metrics = _metrics(options["metrics"])
    earlier = [read_rows(path) for path in options["beside"]]
    sets = _sets(options)
    contenders = _contenders(models, options)
    rows: list[Row] = []
    for pictures in sets:

        def progress(done: int, count: int, name: str = pictures.name) -> None:
            click.echo(f"{name}: {done}/{count}", err=True)

        try:
            jobs = options["jobs"] or os.cpu_count() or 1
            rows += evaluate_contenders(contenders, pictures, lpips=lpips, jobs=jobs, progress=progress)
        except PictureError as error:
            raise UsageError(str(error)) from error
    if options["speed"]:
        rows = _with_speed(rows, models, sets, options)
    costs = _costs(models, options["scale"])
    rows = merge_rows([replace(row, giga_multiply_adds=costs.get(row.model)) for row in rows], *earlier)
    if options["report"]:
        for path in write_evaluation(options["report"], rows, metrics=metrics):
            click.echo(f"wrote {path}", err=True)
    _print(rows, metrics, options)
    return _judge(gates, rows)


def _print(rows: "list[Row]", metrics: Sequence[str], options: dict[str, Any]) -> None:
    from srgan.evaluation import super_resolution_csv, super_resolution_table

    if options["as_json"]:
        click.echo(json.dumps([row.as_dict(per_picture=options["per_picture"]) for row in rows], indent=2))
    elif options["as_csv"]:
        click.echo(super_resolution_csv(rows), nl=False)
    else:
        click.echo(super_resolution_table(rows, metrics=metrics, per_picture=options["per_picture"]))


def _judge(gates: "list[Gate]", rows: "list[Row]") -> int:
    failures = [failure for gate in gates for failure in gate.failures(rows)]
    for failure in failures:
        click.echo(f"srgan: failed: {failure}", err=True)
    return _FAILED if failures else 0


def _metrics(text: str | None) -> Sequence[str]:
    from srgan.evaluation import METRICS, SHOWN

    if text is None:
        return SHOWN
    names = [name.strip() for name in text.split(",")]
    if wrong := [name for name in names if name not in METRICS]:
        raise UsageError(f"--metrics: there is no metric {wrong[0]!r}; metrics: {', '.join(METRICS)}")
    return names


def _sets(options: dict[str, Any]) -> "list[BenchmarkSet]":
    from srgan.evaluation import BenchmarkSet

    if not options["hr"]:
        raise UsageError("which pictures? Give the folder of full pictures: --hr DIR")
    lows = options["lr"] or [None] * len(options["hr"])
    if len(lows) != len(options["hr"]):
        raise UsageError(
            f"--lr stands {len(lows)} times and --hr {len(options['hr'])} times; give one for each, or none"
        )
    if options["results"] and len(options["hr"]) > 1:
        raise UsageError("--results belong to one --hr")
    found = [
        BenchmarkSet(high, scale=options["scale"], low=low, grey_as_luma=options["grey_as_y"])
        for high, low in zip(options["hr"], lows, strict=True)
    ]
    names = [pictures.name.lower() for pictures in found]
    if len({*names}) < len(names):
        raise UsageError(f"two of the folders are called {max(names, key=names.count)}; measure them apart")
    return found


def _contenders(models: "dict[str, Model]", options: dict[str, Any]) -> "list[Contender]":
    from srgan.cli.contenders import load_contenders
    from srgan.evaluation import running_model

    found = [running_model(model, name=name) for name, model in models.items()]
    others = load_contenders([name for name in options["models"] if is_lanczos(name)], options["results"])
    if taken := {*models} & {other.name for other in others}:
        raise UsageError(f"the name {min(taken)} stands twice")
    return [*found, *others]


def _with_speed(
    rows: "list[Row]", models: "dict[str, Model]", sets: "list[BenchmarkSet]", options: dict[str, Any]
) -> "list[Row]":
    """The rows with the speed of each model, measured on the pictures of the first set."""
    from dataclasses import replace

    from srgan.evaluation import measure_speed

    small = [picture.small for picture in sets[0] if not picture.as_luma]
    if not small:
        raise UsageError("--speed needs pictures that are not taken as Y")
    programs = {name: model.name if model.path is None else str(model.path) for name, model in models.items()}
    programs.update({"lanczos": "lanczos"} if any(is_lanczos(name) for name in options["models"]) else {})
    speeds = {}
    for name, program in programs.items():
        click.echo(f"{name}: measuring the speed", err=True)
        speeds[name] = measure_speed(
            program, small, scale=options["scale"], device=options["device"], precision=options["precision"]
        )
    return [replace(row, speed=speeds.get(row.model, {})) for row in rows]


def _costs(models: "dict[str, Model]", scale: int) -> dict[str, float]:
    """Billions of multiplications for 1280x720, of the models where they can be told."""
    from srgan.evaluation import multiply_adds

    found = {}
    for name, model in models.items():
        if isinstance(model.path, Path):
            try:
                count = multiply_adds(model.path, height=round(720 / scale), width=round(1280 / scale))
            except ModelError as error:
                click.echo(f"srgan: {error}", err=True)
            else:
                found[name] = count / 1e9
    return found
