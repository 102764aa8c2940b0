"""``srgan train``: train a model from a run file."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.extras import needs_extra
from srgan.errors import UsageError

if TYPE_CHECKING:
    from srgan.training import Run

__all__ = ["train"]

_FEW = 20
_EXAMPLES = """\b
Examples:
  srgan train --new photos/                  # -> photos.toml, commented
  srgan train photos.toml --check            # what it costs here
  srgan train photos.toml --set train.batch=8
  torchrun --nproc-per-node 4 -m srgan train photos.toml
"""


@click.command(short_help="Train a model from a run file.", epilog=_EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN.toml", required=False)
@click.option(
    "--new",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a run file for the pictures in DIR: RUN.toml, else named like DIR.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key, e.g. train.batch=8.")
@click.option("--check", is_flag=True, help="Only say what the run costs and whether its data is there.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of run files, for editors.")
def train(run: Path | None, new: Path | None, overrides: tuple[str, ...], check: bool, schema: bool) -> None:
    """Train a model as the run file RUN.toml says.

    A training that was interrupted (Ctrl-C, SIGTERM, power) continues from its newest checkpoint when the same command
    is given again. The last checkpoint is printed on stdout, progress goes to stderr; at the end, and when it is
    interrupted, report.html in the run's folder shows how it went.

    For pictures of your own, --new looks at a folder and writes a commented run file to begin with: pictures alone, or
    pairs in two sub-folders (the scale is found), also in sub-folders train and valid.

    On several GPUs: torchrun --nproc-per-node 4 -m srgan train RUN.toml
    """
    with needs_extra("train"):
        from srgan.training import Trainer, load_run, run_schema
    if schema:
        click.echo(json.dumps(run_schema(), indent=2))
        return
    if new is not None:
        if overrides or check:
            raise UsageError("--new only writes a run file; --set and --check go with that file afterwards")
        click.echo(_write_new(new, run))
        return
    if run is None:
        raise UsageError(
            "which run? Give its file: srgan train RUN.toml; or have one written: srgan train --new FOLDER_OF_PICTURES"
        )
    if run.is_dir():
        raise UsageError(
            f"{run} is a folder, not a run file. For pictures in it, have one written: srgan train --new {run}"
        )
    loaded = load_run(run, overrides)
    if check:
        with _named(run):
            _check(loaded)
        return
    with _named(run):
        trainer = Trainer(loaded)
    began = True
    try:
        with _named(run):
            checkpoint = trainer.train()
        if trainer.processes.leads:
            click.echo(checkpoint)
    except UsageError:
        began = False  # the folder may be another training's
        raise
    finally:
        trainer.processes.leave()
        if began and trainer.processes.leads and trainer.history.log.exists():
            from srgan.reports import write_training_report

            click.echo(f"report: {write_training_report(loaded.folder)}", err=True)


def _write_new(folder: Path, file: Path | None) -> Path:
    """Write a run file for a folder; what was found goes to stderr."""
    from srgan.data.finding_pictures import find_training_pictures
    from srgan.files import atomic_write
    from srgan.training.new_run_file import fast_precision, new_run_file, run_name

    name = run_name(folder)
    file = file or Path(f"{name}.toml")
    if file.exists():
        raise UsageError(f"{file} is already there; name another file: srgan train --new {folder} RUN.toml")
    found = find_training_pictures(folder)
    text = new_run_file(name, folder, found, file=str(file), precision=fast_precision())
    with atomic_write(file) as out:
        out.write(text.encode("utf-8", "surrogateescape"))
    several = "" if found.count == 1 else "s"
    kind = (
        f"pair{several}, x{found.scale}" if found.low is not None else f"picture{several}, small ones made by bicubic"
    )
    validation = "none" if found.validation is None else found.validation.count
    click.echo(f"srgan: {found.count} {kind}; {validation} for validation", err=True)
    if found.unpaired:
        click.echo(f"srgan: without a partner of the same name: {found.unpaired}; take them away first, see", err=True)
        click.echo(f"  srgan data check {shlex.quote(str(found.high))} --low {shlex.quote(str(found.low))}", err=True)
    if found.count < _FEW:
        click.echo("srgan: these are few: some dozens are needed, hundreds are better", err=True)
    quoted = shlex.quote(str(file))
    click.echo(f"srgan: next: srgan train {quoted} --check (what it costs here), then srgan train {quoted}", err=True)
    return file


@contextmanager
def _named(run: Path) -> Iterator[None]:
    """What turns out to be wrong with a run only when it is set up names its file, too."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{run.name}: {error}") from None


def _check(run: "Run") -> None:
    from srgan.training import check_run

    found = check_run(run)
    field = "the whole picture" if found.receptive_field is None else f"{found.receptive_field} pixels around"
    click.echo(f"run          {run.name}, {run.steps} steps, in {run.folder}")
    tables = [getattr(run, name) for name in run.parts]
    kinds = " and ".join(table["kind"] for table in tables if table is not None)
    click.echo(f"{next(iter(run.parts)):12} {kinds}, {found.parameters:,} parameters, sees {field}")
    click.echo(f"data         {found.pictures} pictures; the first one fits")
    for cost in found.stages:
        section, train = cost.section, cost.section.train
        click.echo(f"stage        {section.name}, {train.steps} steps of {train.batch}")
        if section.discriminator is not None:
            click.echo(f"  opponent   {section.discriminator['kind']}, {cost.discriminator:,} parameters")
        click.echo(f"  arithmetic {cost.gflops_per_step:.1f} GFLOP a step, {train.precision} on {found.device}")
        click.echo(f"  memory     about {cost.memory_bytes / 2**30:.2f} GiB, pictures and feature networks apart")
        minutes = cost.seconds_per_step * train.steps / 60
        limit = "" if train.max_minutes is None else f", at most {train.max_minutes:g} minutes"
        hours, rest = divmod(round(minutes), 60)
        click.echo(f"  time       {cost.seconds_per_step:.3g} s a step here and now: {hours} h {rest:02d} min{limit}")
