"""``srgan upscale``: enlarge pictures."""

from typing import Any

import click

from srgan.cli.batch_options import job_of, model_and_format, places, running
from srgan.cli.batch_run import check_places, open_model, run_job
from srgan.cli.progress import UPSCALE
from srgan.runtime import Target
from srgan.zoo import DEFAULT

__all__ = ["upscale"]

_PIXELS = click.IntRange(min=1, max=2**31 - 1)


@click.command(short_help="Enlarge pictures: files, folders, globs.")
@places
@click.option("-s", "--scale", type=float, metavar="X", help="Factor for both sides, whole or not [the model's].")
@click.option("--width", type=_PIXELS, metavar="N", help="Width in pixels; the height follows, or is --height.")
@click.option("--height", type=_PIXELS, metavar="N", help="Height in pixels; the width follows, or is --width.")
@click.option("--long-side", type=_PIXELS, metavar="N", help="Pixels of the longer side.")
@model_and_format(DEFAULT)
@click.option(
    "-t", "--tile", type=click.IntRange(min=0), metavar="N", help="Side of a tile without its margin; 0: auto."
)
@running
def upscale(**options: Any) -> int:  # noqa: ANN401
    """Enlarge pictures: files, folders (to the bottom, tree kept), patterns, or - for standard input.

    Results go beside the input: imgs/ to imgs_x4/, a.png to a_x4.png. A run that was interrupted is continued by
    running it again. Paths of the results go to stdout, everything else to stderr.
    """
    target = Target(options["scale"], options["width"], options["height"], options["long_side"])
    job = job_of(options, target=target)
    check_places(options)
    model = open_model(options, "upscale", tile=options["tile"])
    return run_job(job, model, options, UPSCALE)
