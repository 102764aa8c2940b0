"""The options that the commands over many pictures share: ``srgan upscale``, ``translate``, ``generate``."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from srgan.batch import Job, failed_inputs
from srgan.cli.completion import complete_files, complete_models
from srgan.cli.device_option import device_option, precision_option
from srgan.errors import UsageError
from srgan.files import read_manifest
from srgan.images import Format, Limits, format_of

__all__ = ["computing", "job_of", "model_and_format", "places", "running", "telling"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _format(context: click.Context, parameter: click.Parameter, value: str | None) -> Format | None:
    if value is None:
        return None
    found = format_of(value.lower())
    if found is None or "/" in value:
        raise click.BadParameter(f"{value!r} is no format; one of: {', '.join(get_args(Format)).lower()}")
    return found


def places(command: _Command) -> _Command:
    """Where pictures come from and where results go: ``INPUT...``, ``--output``, ``--manifest``."""
    return _with(
        command,
        click.argument("inputs", nargs=-1, metavar="INPUT...", shell_complete=complete_files),
        click.option(
            "-o",
            "--output",
            metavar="PATH",
            shell_complete=complete_files,
            help="Folder for the results; a file for one input; - for stdout.",
        ),
        click.option(
            "--manifest",
            type=click.Path(allow_dash=True, dir_okay=False, exists=True),
            metavar="FILE",
            help="More inputs: a path a line, or NUL-separated, or JSON lines with path; - for stdin.",
        ),
    )


def model_and_format(default: str, usual: str = "as the input") -> Callable[[_Command], _Command]:
    """What makes the results, and how they are written: ``--model``, ``--format``, ``--quality``.

    Args:
        default: name of the model that is used when none is named.
        usual: the format when none is named.
    """
    return lambda command: _with(
        command,
        click.option(
            "-m",
            "--model",
            metavar="MODEL",
            shell_complete=complete_models,
            help=f"Name (see srgan models list) or path of an ONNX file [{default}].",
        ),
        click.option(
            "-f", "--format", "format_", metavar="FMT", callback=_format, help=f"Format of the results [{usual}]."
        ),
        click.option("-q", "--quality", type=click.IntRange(1, 100), metavar="1-100", help="For JPEG, WebP and AVIF."),
    )


def running(command: _Command) -> _Command:
    """How a job runs, what it tells, and its limits: ``--jobs`` to ``--max-output-mp``."""
    megapixels = click.FloatRange(min=0, min_open=True)
    return _with(
        command,
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(1, 64),
            metavar="N",
            help="Decoding processes and encoding threads [by cores].",
        ),
        computing(several=True),
        telling,
        click.option(
            "--retry-failed",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            metavar="FILE",
            help="Only the inputs that failed by this report of an earlier run.",
        ),
        click.option("--stats", is_flag=True, help="Say how long each stage took, and which one holds the others up."),
        click.option("--watch", is_flag=True, help="Go on with what comes into the folders, until Ctrl-C."),
        click.option(
            "--frames",
            type=click.Choice(["first", "all"]),
            default="first",
            show_default=True,
            help="Of animated GIF, WebP and PNG.",
        ),
        click.option("--keep-gps", is_flag=True, help="Keep the position in the metadata (otherwise removed)."),
        click.option(
            "--max-input-mp",
            type=megapixels,
            default=100.0,
            show_default=True,
            metavar="MP",
            help="Refuse larger inputs.",
        ),
        click.option(
            "--max-output-mp",
            type=megapixels,
            default=1000.0,
            show_default=True,
            metavar="MP",
            help="Refuse larger results.",
        ),
    )


def computing(*, several: bool = False) -> Callable[[_Command], _Command]:
    """What computes, and how: ``--device``, ``--precision``.

    Args:
        several: several devices may share the work.
    """
    return lambda command: _with(command, device_option(several=several), precision_option())


def telling(command: _Command) -> _Command:
    """What is written and told: ``--overwrite`` to ``--fail-fast``."""
    return _with(
        command,
        click.option("-y", "--overwrite", is_flag=True, help="Make results again that are already there."),
        click.option("--dry-run", is_flag=True, help="Only say what would be done."),
        click.option(
            "--report",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write a JSON line for every file.",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="The same lines on stdout, instead of the results' paths."
        ),
        click.option("--fail-fast", is_flag=True, help="Stop at the first file that fails."),
    )


def job_of(options: dict[str, Any], **wishes: Any) -> Job:  # noqa: ANN401
    """The job that the shared options describe.

    Args:
        options: as click gives them.
        wishes: what is particular to the command: `target`, `translation`.

    Raises:
        UsageError: a limit is no number.
    """
    text, manifest = options["output"], options["manifest"]
    output = None if text in (None, "-") else Path(text)
    return Job(
        inputs=options["inputs"],
        output=output,
        listed=() if manifest is None else read_manifest(manifest, None if output is None else Path()),
        format=options["format_"],
        quality=options["quality"],
        overwrite=options["overwrite"],
        frames=options["frames"],
        keep_gps=options["keep_gps"],
        limits=Limits(input_pixels=_pixels(options, "max_input_mp"), output_pixels=_pixels(options, "max_output_mp")),
        workers=options["jobs"] or max(1, min(8, (os.cpu_count() or 1) // 4)),
        fail_fast=options["fail_fast"],
        only=failed_inputs(options["retry_failed"]) if options["retry_failed"] else None,
        **wishes,
    )


def _pixels(options: dict[str, Any], name: str) -> int:
    if not math.isfinite(options[name]):
        raise UsageError(f"--{name.replace('_', '-')} must be a number, and is {options[name]}")
    value: float = options[name]
    return round(value * 1e6)


def _with(command: _Command, *parameters: Callable[[_Command], _Command]) -> _Command:
    """Apply decorators so that they stand in ``--help`` in the order given."""
    for parameter in reversed(parameters):
        command = parameter(command)
    return command
