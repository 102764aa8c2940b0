"""``srgan upscale``: enlarge pictures."""

import contextlib
import json
import math
import os
import sys
from pathlib import Path
from typing import Any, get_args

import click

from srgan.batch import Job, Report, Result, Summary, escape, preview, run, to_bytes, upscale_stream
from srgan.cli.progress import Progress
from srgan.errors import PictureError, UsageError
from srgan.files import atomic_write, walk
from srgan.images import Format, Limits, format_of, has_picture_suffix
from srgan.runtime import Device, Model, Precision, Target
from srgan.zoo import DEFAULT, load

__all__ = ["upscale"]

_PIXELS = click.IntRange(min=1, max=2**31 - 1)


def _format(context: click.Context, parameter: click.Parameter, value: str | None) -> Format | None:
    if value is None:
        return None
    found = format_of(value.lower())
    if found is None or "/" in value:
        raise click.BadParameter(f"{value!r} is no format; one of: {', '.join(get_args(Format)).lower()}")
    return found


@click.command(short_help="Enlarge pictures: files, folders, globs.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", metavar="PATH", help="Folder for the results; a file for one input; - for stdout.")
@click.option("-s", "--scale", type=float, metavar="X", help="Factor for both sides, whole or not [the model's].")
@click.option("--width", type=_PIXELS, metavar="N", help="Width in pixels; the height follows, or is --height.")
@click.option("--height", type=_PIXELS, metavar="N", help="Height in pixels; the width follows, or is --width.")
@click.option("--long-side", type=_PIXELS, metavar="N", help="Pixels of the longer side.")
@click.option(
    "-m", "--model", metavar="MODEL", help=f"Name (see srgan models list) or path of an ONNX file [{DEFAULT}]."
)
@click.option(
    "-f", "--format", "format_", metavar="FMT", callback=_format, help="Format of the results [as the input]."
)
@click.option("-q", "--quality", type=click.IntRange(1, 100), metavar="1-100", help="For JPEG, WebP and AVIF.")
@click.option(
    "-t", "--tile", type=click.IntRange(min=0), metavar="N", help="Side of a tile without its margin; 0: auto."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), metavar="N", help="Decoding processes and encoding threads [by cores]."
)
@click.option(
    "--device", type=click.Choice(get_args(Device)), default="auto", show_default=True, help="Where to compute."
)
@click.option(
    "--precision", type=click.Choice(get_args(Precision)), default="auto", show_default=True, help="Arithmetic."
)
@click.option("-y", "--overwrite", is_flag=True, help="Make results again that are already there.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a JSON line for every file.",
)
@click.option("--json", "as_json", is_flag=True, help="The same lines on stdout, instead of the results' paths.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first file that fails.")
@click.option("--keep-gps", is_flag=True, help="Keep the position in the metadata (otherwise removed).")
@click.option(
    "--max-input-mp",
    type=click.FloatRange(min=0, min_open=True),
    default=100.0,
    show_default=True,
    metavar="MP",
    help="Refuse larger inputs.",
)
@click.option(
    "--max-output-mp",
    type=click.FloatRange(min=0, min_open=True),
    default=1000.0,
    show_default=True,
    metavar="MP",
    help="Refuse larger results.",
)
def upscale(**options: Any) -> int:  # noqa: ANN401
    """Enlarge pictures: files, folders (to the bottom, tree kept), patterns, or - for standard input.

    Results go beside the input: imgs/ to imgs_x4/, a.png to a_x4.png. A run that was interrupted is continued by
    running it again. Paths of the results go to stdout, everything else to stderr.
    """
    inputs: tuple[str, ...] = options["inputs"]
    if options["report"] and has_picture_suffix(options["report"]):
        raise UsageError(f"--report {options['report']} has the name of a picture; it would be replaced")
    output: str | None = options["output"]
    job = Job(
        inputs=inputs,
        output=None if output in (None, "-") else Path(str(output)),
        target=Target(options["scale"], options["width"], options["height"], options["long_side"]),
        format=options["format_"],
        quality=options["quality"],
        overwrite=options["overwrite"],
        keep_gps=options["keep_gps"],
        limits=Limits(input_pixels=_pixels(options, "max_input_mp"), output_pixels=_pixels(options, "max_output_mp")),
        workers=options["jobs"] or max(1, min(8, (os.cpu_count() or 1) // 4)),
        fail_fast=options["fail_fast"],
    )
    if "-" in inputs or output == "-":
        _check_stream(inputs, options)
    else:
        walk(inputs)  # an input that is not there is told before a model is loaded
    model = load(options["model"], device=options["device"], precision=options["precision"], tile=options["tile"])
    click.echo(f"srgan: {model.name} x{model.scale}, {model.device_line}", err=True)
    for note in model.notes:
        click.echo(f"srgan: {escape(note)}", err=True)
    if "-" in inputs or output == "-":
        return _stream(job, model, inputs[0], output)
    return _files(job, model, options)


def _pixels(options: dict[str, Any], name: str) -> int:
    if not math.isfinite(options[name]):
        raise UsageError(f"--{name.replace('_', '-')} must be a number, and is {options[name]}")
    value: float = options[name]
    return round(value * 1e6)


def _files(job: Job, model: Model, options: dict[str, Any]) -> int:
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(Report(options["report"])) if options["report"] else None
        progress = stack.enter_context(Progress())
        notes = set(model.notes)

        def show(result: Result) -> None:
            if report is not None:
                report.write(result)
            progress.finished(result)
            for note in model.notes:
                if note not in notes:
                    notes.add(note)
                    progress.say(note)
            if options["as_json"]:
                click.echo(json.dumps(result.to_json()))
            elif result.status in ("done", "planned"):
                text = escape(result.out or "")
                click.echo(
                    f"{escape(result.path)} -> {text} ({result.width} x {result.height})"
                    if options["dry_run"]
                    else text
                )

        if options["dry_run"]:
            summary = Summary()
            for result in preview(job, model):
                summary.add(result)
                show(result)
        else:
            summary = run(job, model, on_result=show, on_plan=progress.start, say=progress.say)
        progress.summary(summary, dry_run=options["dry_run"])
    return summary.exit_code


def _check_stream(inputs: tuple[str, ...], options: dict[str, Any]) -> None:
    if len(inputs) != 1:
        raise UsageError("standard input or output takes exactly one picture")
    for name in ("dry_run", "report", "as_json", "fail_fast"):
        if options[name]:
            flag = "--json" if name == "as_json" else "--" + name.replace("_", "-")
            raise UsageError(f"{flag} is for files, not for standard input or output")
    if options["output"] in (None, "-") and sys.stdout.isatty():
        raise UsageError("a picture would be written to the terminal; redirect it, or name a file with --output")
    if inputs[0] != "-":
        walk(inputs)


def _stream(job: Job, model: Model, source: str, output: str | None) -> int:
    """One picture from stdin or to stdout."""
    path = None if output in (None, "-") else Path(str(output))
    kind = job.format or (format_of(path.name) if path else None)
    if path is not None:
        if path.is_dir() or kind is None:
            raise UsageError(f"--output {path} must be the name of a picture file when the input is standard input")
        if path.exists() and not job.overwrite:
            raise UsageError(f"{path} is already there; --overwrite replaces it")
    try:
        with contextlib.ExitStack() as stack:
            stream = sys.stdin.buffer if source == "-" else stack.enter_context(_open(source))
            picture, kind = upscale_stream(stream, job, model, kind)
        data, lost = to_bytes(picture, kind, job.quality)
    except PictureError as error:
        click.echo(f"srgan: failed: {escape(source)}: {escape(error.message)} [{error.code}]", err=True)
        return 3
    for note in (*picture.notes, *lost):
        click.echo(f"srgan: note: {escape(note)}", err=True)
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    with atomic_write(path) as file:
        file.write(data)
    click.echo(escape(path))
    return 0


def _open(source: str) -> Any:  # noqa: ANN401
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise PictureError("permission", f"cannot be opened: {error.strerror}") from error
