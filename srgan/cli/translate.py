"""``srgan translate``: make other pictures of pictures."""

import re
from dataclasses import replace
from typing import Any

import click

from srgan.batch import Translation
from srgan.cli.batch_options import job_of, model_and_format, places, running
from srgan.cli.batch_run import check_places, open_model, run_job
from srgan.cli.progress import TRANSLATE
from srgan.errors import UsageError
from srgan.runtime import Model, Target
from srgan.zoo import DEFAULTS

__all__ = ["translate"]

_EXAMPLES = """\b
Examples:
  srgan translate drawing.png                # -> drawing_emoji-colour.png
  srgan translate imgs/ -m model.onnx --size 512
  srgan translate imgs/ -m model.onnx --samples 4 --seed 7
"""


@click.command(
    short_help="Make other pictures of pictures: files, folders, globs.", epilog=_EXAMPLES, no_args_is_help=True
)
@places
@click.option(
    "--size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Bring the longer side to N pixels before [as it is].",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    metavar="K",
    help="Results a picture, of models that take noise.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    metavar="N",
    help="Of that noise; the same seed gives the same results [0].",
)
@model_and_format(DEFAULTS["translate"])
@running
def translate(**options: Any) -> int:  # noqa: ANN401
    """Translate pictures with a model: files, folders (to the bottom, tree kept), patterns, or - for standard input.

    Results are as large as their inputs and go beside them: imgs/ to imgs_MODEL/, a.png to a_MODEL.png, several samples
    to a_MODEL_1.png ... A run that was interrupted is continued by running it again. Paths of the results go to stdout,
    everything else to stderr.
    """
    wishes = Translation(options["seed"] or 0, options["samples"])
    job = job_of(options, target=Target(long_side=options["size"]), translation=wishes)
    check_places(options)
    if wishes.samples > 1 and ("-" in options["inputs"] or options["output"] == "-"):
        raise UsageError("--samples is for files, not for standard input or output")
    model = open_model(options, "translate")
    job.check(model.metadata)
    _check_noise(model, options)
    return run_job(replace(job, tag=_tag(model)), model, options, TRANSLATE)


def _check_noise(model: Model, options: dict[str, Any]) -> None:
    if model.metadata.latent:
        return
    if options["seed"] is not None:
        click.echo(f"srgan: {model.name} takes no noise: --seed changes nothing", err=True)


def _tag(model: Model) -> str:
    """What marks the outputs: the model's name, without what file systems do not like in names."""
    return "_" + re.sub(r"[^\w.+-]+", "-", model.name)
