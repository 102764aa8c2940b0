"""Running a job over many pictures, or one through a pipe, and telling people about it."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import click

from srgan.batch import (
    Job,
    Report,
    Result,
    StageTimes,
    Stats,
    Summary,
    infer_stream,
    preview,
    run,
    to_bytes,
    watch,
)
from srgan.cli.progress import Progress, Wording
from srgan.errors import PictureError, UsageError
from srgan.files import atomic_write, escape, walk
from srgan.images import format_of, has_picture_suffix
from srgan.runtime import Command, Model
from srgan.zoo import load

__all__ = ["check_places", "open_model", "run_job"]


def check_places(options: dict[str, Any]) -> None:
    """Refuse inputs that are not there and outputs that make no sense, before a model is loaded.

    Raises:
        UsageError: saying which.
    """
    if options["report"] and has_picture_suffix(options["report"]):
        raise UsageError(f"--report {options['report']} has the name of a picture; it would be replaced")
    if options["watch"] and (options["dry_run"] or options["retry_failed"] or options["manifest"]):
        raise UsageError("--watch goes with neither --dry-run nor --retry-failed nor --manifest")
    if options["stats"] and options["dry_run"]:
        raise UsageError("--stats tells of work, and --dry-run does none")
    inputs: tuple[str, ...] = options["inputs"]
    if not inputs and options["manifest"] is None:
        raise UsageError("no INPUT: name files or folders, or a list of them with --manifest")
    if _is_stream(options):
        _check_stream(inputs, options)
    else:
        walk(inputs)


def open_model(
    options: dict[str, Any], command: Command, *, tile: int | None = None, scale: float | None = None
) -> Model:
    """Load the model, and say on stderr what runs where.

    Args:
        options: as click gives them.
        command: what the model is wanted for.
        tile: of `srgan.zoo.load`.
        scale: likewise.

    Raises:
        ModelError: no such model, it is refused, or it is for another command.
        UsageError: the device or the precision cannot be had.
    """
    where = {"device": options["device"], "precision": options["precision"], "tile": tile}
    model = load(options["model"], command=command, scale=scale, **where)
    size = f" x{model.scale}" if command == "upscale" else ""
    click.echo(f"srgan: {escape(model.name)}{size}, {model.device_line}", err=True)
    for note in model.notes:
        click.echo(f"srgan: {escape(note)}", err=True)
    return model


def run_job(job: Job, model: Model, options: dict[str, Any], wording: Wording) -> int:
    """Run the job; returns the exit code.

    Args:
        job: what to do.
        model: what runs.
        options: as click gives them.
        wording: what the command does, for people.
    """
    if _is_stream(options):
        return _stream(job, model, options["inputs"][0], options["output"])
    return _files(job, model, options, wording)


def _is_stream(options: dict[str, Any]) -> bool:
    return "-" in options["inputs"] or options["output"] == "-"


def _files(job: Job, model: Model, options: dict[str, Any], wording: Wording) -> int:
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(Report(options["report"])) if options["report"] else None
        progress = stack.enter_context(Progress(wording))
        times = StageTimes()

        def show(result: Result) -> None:
            if report is not None:
                report.write(result)
            progress.finished(result)
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
        elif options["watch"]:
            summary = watch(job, model, on_result=show, say=progress.say, times=times)
        else:
            summary = run(job, model, on_result=show, on_plan=progress.start, say=progress.say, times=times)
        progress.summary(summary, dry_run=options["dry_run"])
        if options["stats"]:
            _tell(times.stats(), report, progress, as_json=options["as_json"])
        missed = len(job.only or ()) - summary.done - summary.already - summary.failed - summary.left
        if missed > 0:
            progress.say(f"{missed} of {len(job.only or ())} failed files of the report are not among the inputs")
    return summary.exit_code


def _tell(stats: Stats, report: Report | None, progress: Progress, *, as_json: bool) -> None:
    """Where the time went: to a person, and as the closing line of report and JSON."""
    for line in stats.lines():
        progress.say(line)
    if report is not None:
        report.write(stats)
    if as_json:
        click.echo(json.dumps(stats.to_json()))


def _check_stream(inputs: tuple[str, ...], options: dict[str, Any]) -> None:
    if len(inputs) != 1:
        raise UsageError("standard input or output takes exactly one picture")
    for name in ("dry_run", "report", "as_json", "fail_fast", "watch", "retry_failed", "manifest", "stats"):
        if options[name]:
            flag = "--json" if name == "as_json" else "--" + name.replace("_", "-")
            raise UsageError(f"{flag} is for files, not for standard input or output")
    if options["output"] in (None, "-") and sys.stdout.isatty():
        raise UsageError("a picture would be written to the terminal; redirect it, or name a file with --output")
    if options["frames"] != "first":
        raise UsageError("--frames all is for files, not for standard input or output")
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
            known = set(model.notes)
            picture, kind = infer_stream(stream, job, model, kind)
            turned_out = [note for note in model.notes if note not in known]
        data, lost = to_bytes(picture, kind, job.quality)
    except PictureError as error:
        click.echo(f"srgan: failed: {escape(source)}: {escape(error.message)} [{error.code}]", err=True)
        return 3
    for note in (*turned_out, *picture.notes, *lost):
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
