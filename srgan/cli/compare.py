"""``srgan compare``: look at what several models make of the same pictures."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from srgan.cli.completion import complete_models
from srgan.cli.device_option import device_option, precision_option
from srgan.cli.lpips import lpips_metric, lpips_option
from srgan.errors import PictureError, UsageError

if TYPE_CHECKING:
    from srgan.evaluation import BenchmarkSet, SmallPictures

__all__ = ["compare"]

_OUTPUT = "comparison"


@click.command(short_help="Look at what several models make of the same pictures.")
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[INPUT...]")
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    shell_complete=complete_models,
    help="Name (also bicubic, lanczos) or .onnx file; may be repeated [the packaged ones and bicubic].",
)
@click.option(
    "--results", multiple=True, metavar="NAME=FOLDER", help="Finished results of somebody else; may be repeated."
)
@click.option("--hr", type=click.Path(path_type=Path), metavar="DIR", help="Instead of INPUT: full pictures, reduced.")
@click.option(
    "--lr", type=click.Path(path_type=Path), metavar="DIR", help="Their small pictures; else made by bicubic."
)
@click.option("-s", "--scale", type=click.IntRange(2, 8), default=4, show_default=True, help="Enlargement.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(_OUTPUT),
    show_default=True,
    metavar="PATH",
    help="Folder for the page and its pictures, or page.html with everything inside.",
)
@click.option("--title", metavar="TEXT", help="Of the page [the models and the set].")
@click.option("--crops", type=click.IntRange(1, 16), default=1, show_default=True, help="Squares shown of a picture.")
@click.option("--crop-side", type=click.IntRange(16), default=96, show_default=True, help="Their side in pixels.")
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the squares as a picture too.",
)
@lpips_option
@click.option("-j", "--jobs", type=click.IntRange(1, 64), metavar="N", help="Threads that measure [by cores].")
@device_option()
@precision_option()
def compare(**options: Any) -> None:  # noqa: ANN401
    """Write a page on which models stand side by side: zoom and pan in step, slider, differences, figures, crops.

    Pictures are enlarged as they are (INPUT: files or folders), or full pictures are reduced first and compared with
    the results (--hr). Crops are taken where the models differ most. The page works offline, from a folder or a mail:
    PATH becomes a folder with index.html, the pictures and crops.png, or one file where it ends in .html.
    """
    from srgan.cli.contenders import load_contenders
    from srgan.cli.evaluate_translation import check_sheet
    from srgan.evaluation import compare_contenders
    from srgan.images import Picture, save
    from srgan.reports import Comparison

    check_sheet(options["sheet"])
    pictures = _pictures(options)
    contenders = load_contenders(
        options["models"] or (() if options["results"] else _packaged()),
        options["results"],
        device=options["device"],
        precision=options["precision"],
    )
    if options["lpips"] and options["hr"] is None:
        raise UsageError("--lpips compares with full pictures: give --hr")
    page = Comparison(options["output"], crops=options["crops"], side=options["crop_side"])
    try:
        path = compare_contenders(
            contenders,
            pictures,
            page,
            title=options["title"] or _title(options),
            lpips=lpips_metric(options["lpips"]),
            jobs=options["jobs"] or os.cpu_count() or 1,
            progress=lambda done, count: click.echo(f"{done}/{count}", err=True),
        )
    except PictureError as error:
        raise UsageError(str(error)) from error
    if options["sheet"]:
        save(Picture(page.sheet()), options["sheet"])
    click.echo(path)


def _pictures(options: dict[str, Any]) -> "BenchmarkSet | SmallPictures":
    from srgan.evaluation import BenchmarkSet, SmallPictures

    if (options["hr"] is None) == (not options["inputs"]):
        raise UsageError("which pictures? Give small ones as INPUT, or full ones with --hr")
    if options["hr"] is None:
        if options["lr"] is not None:
            raise UsageError("--lr goes with --hr; small pictures alone are INPUT")
        return SmallPictures(options["inputs"], scale=options["scale"])
    return BenchmarkSet(options["hr"], scale=options["scale"], low=options["lr"])


def _packaged() -> list[str]:
    from srgan import zoo

    return [*(entry.name for entry in zoo.list_models() if entry.command == "upscale"), zoo.BICUBIC]


def _title(options: dict[str, Any]) -> str:
    folder: Path = (options["hr"] or options["inputs"][0]).resolve()
    place = folder.parent if folder.name.lower() in ("hr", "gt", "high") else folder
    return f"{place.name}, x{options['scale']}"
