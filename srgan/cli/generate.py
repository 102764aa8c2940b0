"""``srgan generate``: make pictures of texts, of classes, or of nothing but noise."""

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from srgan.batch import (
    Drawn,
    Generation,
    Report,
    Request,
    Unusable,
    Wish,
    draw,
    draw_one,
    name_pictures,
    read_captions,
    requests_of,
)
from srgan.cli.batch_options import computing, model_and_format, telling
from srgan.cli.completion import complete_files, complete_models
from srgan.cli.generated_sheets import Sheets
from srgan.cli.progress import GENERATE, Progress
from srgan.errors import PictureError, UsageError
from srgan.files import escape
from srgan.images import Format, format_of, has_picture_suffix, suffix_for
from srgan.runtime import Command, Model
from srgan.text import prepare
from srgan.zoo import DEFAULTS, load

__all__ = ["generate"]

_FILE = click.Path(path_type=Path, dir_okay=False)

_EXAMPLES = """\b
Examples:
  srgan generate "a red heart" -n 4 -o out/
  srgan generate --captions texts.txt --sheet sheet.png -o out/
"""


@click.command(short_help="Make pictures of texts or classes.", epilog=_EXAMPLES, no_args_is_help=True)
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("-n", "--count", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Pictures of each.")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    shell_complete=complete_files,
    help="Folder for the pictures; a file for a single one; - for stdout [the current folder].",
)
@click.option(
    "--captions",
    metavar="FILE",
    shell_complete=complete_files,
    help="More texts: one a line, or .jsonl (see below); - for stdin.",
)
@click.option(
    "--class", "labels", multiple=True, metavar="NAME", help="Name or number of a class, of models with classes."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of the noise; the same seed makes the same pictures.",
)
@click.option(
    "--truncation", type=float, metavar="T", help="Noise beyond T is drawn again: more typical pictures, less diverse."
)
@click.option(
    "--upscale",
    metavar="MODEL",
    shell_complete=complete_models,
    help="Enlarge the pictures with this model, for example x4-fidelity.",
)
@model_and_format(DEFAULTS["generate"], "PNG")
@click.option("--tokenizer", type=_FILE, metavar="FILE", help="tokenizer.json, for models that do not contain theirs.")
@click.option("--grid", type=_FILE, metavar="FILE", help="All pictures in one, a row for each text.")
@click.option("--sheet", type=_FILE, metavar="FILE", help="The same with the texts beside the rows.")
@computing()
@telling
def generate(**options: Any) -> int:  # noqa: ANN401
    """Make pictures of texts, of classes, or of nothing but noise, as the model has learnt it.

    Files are named after the texts and numbered: a-red-apple_1.png ... Each says how it was made (in PNG the text
    "parameters"). What is there already and was made in just this way is left alone, so that a run that was
    interrupted is continued by running it again. Paths of the results go to stdout, everything else to stderr.

    A line of --captions FILE.jsonl is an object such as {"caption": "a red apple", "name": "apple", "seed": 3, "count":
    2}, of which only the caption (or "class") is needed.
    """
    _check_places(options)
    for text in options["texts"]:
        prepare(text)  # before a model is loaded
    model = _loaded(options["model"], options, "generate", options["tokenizer"])
    upscaler = _loaded(options["upscale"], options, "upscale") if options["upscale"] else None
    requests = requests_of(_wishes(options, model), model)
    kind: Format = options["format_"] or _file_format(options["output"]) or "PNG"
    how = Generation(
        model,
        upscaler,
        kind,
        options["quality"],
        options["truncation"],
        overwrite=options["overwrite"],
        fail_fast=options["fail_fast"],
        dry_run=options["dry_run"],
    )
    if options["truncation"] is not None:
        assert model.sampler is not None
        model.sampler.noise(0, 0, options["truncation"])  # refuses what is out of range
    if options["output"] == "-":
        return _stream(requests, how)
    return _files(requests, _outs(requests, options["output"], kind), how, options)


def _check_places(options: dict[str, Any]) -> None:
    """Refuse outputs that make no sense, before a model is loaded."""
    if options["output"] == "-":
        for name in ("dry_run", "report", "as_json", "fail_fast", "grid", "sheet"):
            if options[name]:
                flag = "--json" if name == "as_json" else "--" + name.replace("_", "-")
                raise UsageError(f"{flag} is for files, not for standard output")
        if sys.stdout.isatty():
            raise UsageError("a picture would be written to the terminal; redirect it, or name a file with --output")
    if options["report"] and has_picture_suffix(options["report"]):
        raise UsageError(f"--report {options['report']} has the name of a picture; it would be replaced")
    for name in ("grid", "sheet"):
        if options[name] and format_of(options[name].suffix or "none") is None:
            raise UsageError(f"--{name} {options[name]} must have the name of a picture, such as {name}.png")
    if "-" in options["texts"]:
        raise UsageError("texts from standard input are read with --captions -")


def _loaded(name: str | None, options: dict[str, Any], command: Command, tokenizer: Path | None = None) -> Model:
    """Load a model, and say on stderr what runs where."""
    precision = options["precision"]
    if command == "upscale" and precision == "auto":
        precision = "fp32"  # the same seed makes the same picture everywhere
    model = load(name, device=options["device"], precision=precision, tokenizer=tokenizer, command=command)
    size = f" x{model.scale}" if command == "upscale" else ""
    click.echo(f"srgan: {escape(model.name)}{size}, {model.device_line}", err=True)
    for note in model.notes:
        click.echo(f"srgan: {escape(note)}", err=True)
    return model


def _wishes(options: dict[str, Any], model: Model) -> list[Wish | Unusable]:
    usual = Wish(count=options["count"], seed=options["seed"])
    asked = [(text, None) for text in options["texts"]] + [(None, label) for label in options["labels"]]
    if not asked and options["captions"] is None:
        asked = [(None, None)]
    wishes: list[Wish | Unusable] = [Wish(text, label, usual.count, usual.seed) for text, label in asked]
    if options["captions"] is not None:
        wishes += read_captions(options["captions"], usual, classes=bool(model.metadata.classes))
    return wishes


def _file_format(output: str | None) -> Format | None:
    """The format of the only file that the output names; None when it names a folder, or standard output."""
    if output is None or not Path(output).suffix or Path(output).is_dir():
        return None
    return format_of(Path(output).suffix)


def _outs(requests: list[Request | Unusable], output: str | None, kind: Format) -> list[list[Path]]:
    """The files of each request; none of lines that cannot be used."""
    usable = [request for request in requests if isinstance(request, Request)]
    if output is not None and _file_format(output):
        _check_single(requests, f"--output {output} is one file")
        return [[Path(output)] if isinstance(request, Request) else [] for request in requests]
    named = dict(zip(usable, name_pictures(usable, Path(output or "."), suffix_for(kind)), strict=True))
    return [named[request] if isinstance(request, Request) else [] for request in requests]


def _check_single(requests: list[Request | Unusable], words: str) -> None:
    wanted = sum(request.count if isinstance(request, Request) else 1 for request in requests)
    if wanted > 1:
        raise UsageError(f"{words}, but {wanted} pictures are asked for; name a folder")


def _files(requests: list[Request | Unusable], outs: list[list[Path]], how: Generation, options: dict[str, Any]) -> int:
    taken = {Path(options[name]).absolute() for name in ("grid", "sheet", "report") if options[name]}
    clash = taken & {out.absolute() for files in outs for out in files}
    if clash:
        raise UsageError(f"{min(clash)} is the name of a picture of this run; choose another one")
    sheets = Sheets(options["grid"], options["sheet"])
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(Report(options["report"])) if options["report"] else None
        progress = stack.enter_context(Progress(GENERATE))
        progress.start(sum(max(1, len(files)) for files in outs))
        tell = _once(progress.say)
        for request in requests:
            if isinstance(request, Request) and not _reads_whole(how.model, request):
                tell(f"{request.title}: longer than the model reads: the end of the text has no effect")

        def show(drawn: Drawn) -> None:
            if report is not None:
                report.write(drawn)
            progress.finished(drawn)
            sheets.add(drawn)
            if options["as_json"]:
                click.echo(json.dumps(drawn.to_json()))
            elif drawn.status in ("done", "planned"):
                text = escape(drawn.out or "")
                click.echo(f"{drawn.name} -> {text} ({drawn.side} x {drawn.side})" if how.dry_run else text)

        summary = draw(requests, outs, how, on_result=show, say=progress.say, keep_pixels=sheets.wanted)
        progress.summary(summary, dry_run=how.dry_run)
    if not how.dry_run:
        sheets.write(lambda words: click.echo(f"srgan: {escape(words)}", err=True))
    return summary.exit_code


def _reads_whole(model: Model, request: Request) -> bool:
    assert model.sampler is not None
    return request.text is None or model.sampler.reads_whole(request.text)


def _once(say: Callable[[str], None]) -> Callable[[str], None]:
    """Say what was not said before."""
    said: set[str] = set()

    def tell(words: str) -> None:
        if words not in said:
            said.add(words)
            say(words)

    return tell


def _stream(requests: list[Request | Unusable], how: Generation) -> int:
    """One picture to stdout."""
    _check_single(requests, "standard output takes one picture")
    (request,) = requests
    try:
        if isinstance(request, Unusable):
            raise PictureError("bad_line", request.message)
        data, notes, _ = draw_one(request, 0, how)
    except PictureError as error:
        click.echo(f"srgan: failed: {escape(error.message)} [{error.code}]", err=True)
        return 3
    for note in notes:
        click.echo(f"srgan: note: {escape(note)}", err=True)
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return 0
