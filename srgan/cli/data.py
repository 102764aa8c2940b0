"""``srgan data``: training pictures, before anything is trained."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.extras import needs_extra
from srgan.errors import NothingToDoError, UsageError

if TYPE_CHECKING:
    from srgan.data.checking import Report

__all__ = ["data"]

_FAILED = 3
_EVERY = 25

_high = click.argument("high", type=click.Path(path_type=Path), metavar="HIGH")
_low = click.option(
    "--low", type=click.Path(path_type=Path), metavar="DIR", help="Folder of small pictures, paired by name."
)


def _scale(smallest: int) -> Callable[..., Callable[..., object]]:
    return click.option(
        "-s", "--scale", type=click.IntRange(smallest, 8), default=4, show_default=True, help="Reduction."
    )


@click.group(short_help="Check, reduce, preview and pack training pictures.")
def data() -> None:
    """Check, reduce, preview and pack training pictures."""


@data.command(short_help="Look for what spoils a training.")
@_high
@_low
@click.option("--valid", type=click.Path(path_type=Path), metavar="DIR", help="Folder of validation pictures.")
@_scale(1)
@click.option("--patch", type=click.IntRange(1), default=48, show_default=True, help="The run's data.patch.")
@click.option("--notes", is_flag=True, help="List the notes too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
def check(high: Path, low: Path | None, valid: Path | None, scale: int, patch: int, notes: bool, as_json: bool) -> int:
    """Look at every picture of the folder HIGH, and name those that would spoil a training.

    Found are files that cannot be read; pictures smaller than a patch; equal and similar pictures, also between
    training and validation; traces of JPEG in files without loss; and, with --low, small pictures without a partner,
    of the wrong size, made by another kernel than MATLAB's bicubic, or shifted.

    Exit code 0: nothing is wrong; 3: something is.
    """
    from srgan.data.checking import check_data

    for folder in (high, low, valid):
        if folder is not None:
            _pictures(folder)
    report = check_data(high, low=low, valid=valid, scale=scale, patch=patch, progress=_progress("checked"))
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2))
    else:
        _show(report, notes)
    return _FAILED if report.problems else 0


@data.command("make-lr", short_help="Make the small pictures of full ones.")
@_high
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="LOW", help="Their folder.")
@_scale(2)
@click.option("-y", "--overwrite", is_flag=True, help="Make small pictures again that are already there.")
@click.option("--degradation", metavar="TABLE", help="Instead of bicubic: light, or '{ kind = \"light\", clean = 0 }'.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the degradation.")
def make_lr(high: Path, output: Path, scale: int, overwrite: bool, degradation: str | None, seed: int) -> int:
    """Reduce the pictures of the folder HIGH by MATLAB's antialiased bicubic, to PNG files in LOW.

    The tree is kept, 8 and 16 bits are kept; what does not divide by SCALE is cut off at the right and bottom. Paths
    of the results go to stdout. A run file uses both folders as data.high and data.low.

    Small pictures that are there already are left alone when they have the right size; with --degradation also their
    pixels are looked at.

    With --degradation the pictures are worn as in a training with that [data.degradation], each in its own way, which
    the seed and the name of the picture decide: for measuring models on such pictures with srgan evaluate --lr.
    """
    from srgan.data.reducing import make_low

    reduction = None
    if degradation is not None:
        with needs_extra("train"):
            from srgan.data.degraded_files import degradation_table, degrading
        reduction = degrading(degradation_table(degradation), scale=scale, seed=seed)
    sources, progress, states = _pictures(high), _progress("reduced"), Counter[str]()
    for made in make_low(sources, high, output, scale=scale, overwrite=overwrite, reduction=reduction):
        states[made.state] += 1
        if made.state == "failed":
            click.echo(f"srgan: {made.source}: {made.message}", err=True)
        elif made.state == "made":
            click.echo(made.target)
        progress(states.total(), len(sources))
    click.echo(f"srgan: {states['made']} made, {states['there']} already there, {states['failed']} failed", err=True)
    return _FAILED if states["failed"] else 0


@data.command(short_help="See what a run's degradation does.")
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False), metavar="RUN.toml")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The sheet.")
@click.option("-n", "--number", type=click.IntRange(1, 256), default=8, show_default=True, help="Crops to show.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key, e.g. seed=2.")
def preview(run: Path, output: Path, number: int, overrides: tuple[str, ...]) -> None:
    """Show crops as the training of RUN.toml would get them: full | small, enlarged without smoothing.

    The crops and their degradations are drawn as for the first step, from a few pictures of the run.
    """
    from srgan.images import Picture, format_of, save
    from srgan.reports import contact_sheet

    if format_of(output.suffix) is None:
        raise UsageError(f"--output {output} has no suffix of a picture; use for example sheet.png")
    with needs_extra("train"):
        from srgan.training import load_run, preview_crops
    groups = []
    for low, high in preview_crops(load_run(run, overrides), number):
        factor = high.shape[0] // low.shape[0]
        groups.append([high, low.repeat(factor, axis=0).repeat(factor, axis=1)])
    save(Picture(contact_sheet(groups)), output)
    click.echo(output)


@data.command(short_help="Decode training pictures once, in advance.")
@_high
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The cache folder.")
@_low
@_scale(1)
@click.option("--high-only", is_flag=True, help="For runs with a degradation, which keep no small pictures.")
def pack(high: Path, output: Path, low: Path | None, scale: int, high_only: bool) -> None:
    """Decode the pictures of the folder HIGH once, into memory-mapped files in DIR.

    A run that names DIR as data.cache (and the same pictures and scale) starts from them at once, and needs no memory
    for its pictures. The packed folder's path goes to stdout.
    """
    from srgan.data import PairPaths, cache_folder, data_hash, load_pairs, pair_by_name

    if low is not None and high_only:
        raise UsageError("--high-only keeps no small pictures; leave --low away")
    pictures = _pictures(high)
    paths = [PairPaths(path, None) for path in pictures] if low is None else pair_by_name(high, low, scale=scale)
    key = data_hash(paths)
    load_pairs(paths, scale, smallest=1, high_only=high_only, cache=output, key=key, progress=_progress("packed"))
    click.echo(f'srgan: in the run file: [data] cache = "{output}"', err=True)
    click.echo(cache_folder(output, key, scale, high_only=high_only))


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a folder.

    Raises:
        UsageError: the folder is not there.
        NothingToDoError: it has no picture.
    """
    from srgan.images import list_pictures

    if not folder.is_dir():
        raise UsageError(f"the folder {folder} is not there")
    try:
        return list_pictures(folder)
    except UsageError as error:
        raise NothingToDoError(str(error)) from error


def _progress(word: str) -> Callable[[int, int], None]:
    def show(done: int, count: int) -> None:
        if done % _EVERY == 0 or done == count:
            click.echo(f"srgan: {word} {done}/{count}", err=True)

    return show


def _show(report: "Report", notes: bool) -> None:
    for finding in report.findings if notes else report.problems:
        click.echo(f"{finding.file}: {finding.message} [{finding.kind}]")
    for kernel, count in report.kernels.items():
        click.echo(f"{count} of {report.pairs} small pictures made by: {kernel}")
    silent = len(report.findings) - len(report.problems)
    more = "" if notes or not silent else " (--notes lists them)"
    click.echo(f"{report.pictures + report.valid} pictures: {len(report.problems)} problems, {silent} notes{more}")
