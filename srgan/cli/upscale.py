"""``srgan upscale``: enlarge pictures."""

import os
from typing import Any

import click

from srgan.batch import Job, is_clip
from srgan.cli.batch_options import job_of, model_and_format, places, running
from srgan.cli.batch_run import check_places, open_model, run_job
from srgan.cli.progress import UPSCALE
from srgan.cli.upscale_video import check_videos, upscale_videos
from srgan.errors import UsageError
from srgan.files import escape
from srgan.runtime import Finish, Model, Target, plays_a_game
from srgan.zoo import DEFAULT

__all__ = ["upscale"]

_PIXELS = click.IntRange(min=1)

_EXAMPLES = """\b
Examples:
  srgan upscale photo.jpg                    # -> photo_x4.jpg
  srgan upscale imgs/ -o large/ -f webp      # a folder, with its sub-folders
  srgan upscale imgs/ --long-side 2048       # as large as wanted
  srgan upscale imgs/ -m x4-fidelity         # true: no invented texture
  srgan upscale - -o - < a.png > b.png       # in a pipe
"""


@click.command(short_help="Enlarge pictures: files, folders, globs.", epilog=_EXAMPLES, no_args_is_help=True)
@places
@click.option("-s", "--scale", type=float, metavar="X", help="Factor for both sides, whole or not [the model's].")
@click.option("--width", type=_PIXELS, metavar="N", help="Width in pixels; the height follows, or is --height.")
@click.option("--height", type=_PIXELS, metavar="N", help="Height in pixels; the width follows, or is --width.")
@click.option("--long-side", type=_PIXELS, metavar="N", help="Pixels of the longer side.")
@click.option("--mp", type=float, metavar="N", help="Millions of pixels, width times height.")
@click.option(
    "--strength",
    type=float,
    default=1.0,
    show_default=True,
    metavar="0..1",
    help="Share of the model; the rest is its fidelity model, or bicubic.",
)
@click.option("--tta", is_flag=True, help="Average over 8 turned and mirrored copies: 8 times the work.")
@click.option("--fix-colour", is_flag=True, help="Give areas the colours of the input, where a model shifts them.")
@model_and_format(f"{DEFAULT}; a smaller one for -s up to its scale")
@click.option(
    "-t", "--tile", type=click.IntRange(min=0), metavar="N", help="Side of a tile without its margin; 0: auto."
)
@click.option("--server", metavar="URL", help="Let this srgan serve compute; its token is taken from SRGAN_TOKEN.")
@running
def upscale(**options: Any) -> int:  # noqa: ANN401
    """Enlarge pictures: files, folders (to the bottom, tree kept), patterns, or - for standard input.

    Results go beside the input: imgs/ to imgs_x4/, a.png to a_x4.png. A run that was interrupted is continued by
    running it again. Paths of the results go to stdout, everything else to stderr.
    """
    target = Target(options["scale"], options["width"], options["height"], options["long_side"], options["mp"])
    finish = Finish(options["strength"], options["tta"], options["fix_colour"])
    job = job_of(options, target=target, finish=finish)
    videos = [name for name in options["inputs"] if is_clip(name)]
    if videos:
        if len(videos) < len(options["inputs"]):
            raise UsageError("videos and pictures are done one after the other: name them in commands of their own")
        check_videos(options)
    else:
        check_places(options)
    if options["server"] is not None:
        if videos:
            raise UsageError("--server takes pictures, not videos")
        return _remotely(job, options)
    model = open_model(options, "upscale", tile=options["tile"], scale=options["scale"])
    _tell_mixture(model, finish)
    if finish.ensemble and plays_a_game(model.metadata):
        click.echo(
            f"srgan: {escape(model.name)} was trained against a discriminator: --tta blurs the texture it draws",
            err=True,
        )
    if videos:
        return upscale_videos(job, model, options, UPSCALE)
    return run_job(job, model, options, UPSCALE)


def _tell_mixture(model: Model, finish: Finish) -> None:
    """Load what the model is mixed with, and say on stderr what that is.

    Raises:
        ModelError: it is missing or refused.
    """
    if finish.strength == 1:
        return
    for one in dict.fromkeys(model.team):
        if one.counterpart is not None:
            one.counterpart.model()
    other = "bicubic" if model.counterpart is None else model.counterpart.name
    share = f"{finish.strength:.0%} of it, the rest is {other}" if finish.strength else f"{other} alone"
    click.echo(f"srgan: --strength {finish.strength:g}: {escape(share)}", err=True)


def _remotely(job: Job, options: dict[str, Any]) -> int:
    """Everything is done here but the computing."""
    from srgan.serving import Client
    from srgan.serving.remote import RemoteModel

    for name, usual in (("device", "auto"), ("precision", "auto"), ("tile", None)):
        if options[name] != usual:
            raise UsageError(f"--{name} is the server's business: leave it out with --server")
    with Client(options["server"], token=os.environ.get("SRGAN_TOKEN") or None) as client:
        model = RemoteModel(client, options["model"], options["scale"])
        click.echo(f"srgan: {escape(model.name)} x{model.scale}, {model.device_line}", err=True)
        _tell_mixture(model, job.finish)
        return run_job(job, model, options, UPSCALE)
