"""``srgan evaluate``: measure models on pictures whose true results are known."""

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from srgan.cli.completion import complete_models
from srgan.cli.device_option import device_option, precision_option
from srgan.cli.evaluate_super_resolution import (
    SUPER_RESOLUTION_OPTIONS,
    evaluate_super_resolution,
    is_lanczos,
    super_resolution_options,
)
from srgan.cli.evaluate_text_to_image import TEXT_OPTIONS, evaluate_texts, text_options
from srgan.cli.evaluate_translation import TRANSLATION_OPTIONS, evaluate_translations, translation_options
from srgan.cli.lpips import lpips_metric, lpips_option
from srgan.errors import UsageError
from srgan.runtime import Command

if TYPE_CHECKING:
    from srgan.runtime import Model

__all__ = ["evaluate"]

_SHARED = ("names", "without", "background", "training_names", "sheet", "rows")
_TASKS: dict[str, tuple[Command, ...]] = {
    **dict.fromkeys(SUPER_RESOLUTION_OPTIONS, ("upscale",)),
    **dict.fromkeys(TRANSLATION_OPTIONS, ("translate",)),
    **dict.fromkeys(TEXT_OPTIONS, ("generate",)),
    **dict.fromkeys(_SHARED, ("translate", "generate")),
}
"""Which tasks an option is for; the others are for all."""

_WORDS: dict[Command, str] = {
    "upscale": "super-resolution",
    "translate": "translation",
    "generate": "text-to-image",
}
_PICTURES: dict[Command, str] = {
    "upscale": "--hr",
    "translate": "--source and --target (or --pictures and --order)",
    "generate": "--captions and --judge",
}


@click.command(short_help="Measure models on pictures whose true results are known.")
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    shell_complete=complete_models,
    help="Name (also bicubic, lanczos) or .onnx file [the default]; repeatable.",
)
@super_resolution_options
@translation_options
@text_options
@click.option("--names", metavar="FILE", help="Only these: list.txt with a name a line, or file.json#key.")
@click.option("--without", multiple=True, metavar="PATTERN", help="Leave names out, for example '1F1??-*'.")
@click.option("--training-names", metavar="FILE", help="Names as above: what baselines, or the models, learned from.")
@click.option(
    "--background",
    type=click.Choice(["white", "black", "fixed"]),
    help="Under transparency; fixed: a colour of its own for each captioned picture [the model's; white, or fixed].",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Picture: source | ... | truth, or caption | truth | samples.",
)
@click.option("--rows", type=click.IntRange(1), help="Rows on it, evenly spread [12; 40 captions].")
@device_option()
@precision_option()
@lpips_option
@click.option("--per-picture", is_flag=True, help="List every picture too.")
@click.option("--json", "as_json", is_flag=True, help="A list of rows as JSON.")
@click.pass_context
def evaluate(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Run models through the path that srgan upscale and srgan translate take, and compare with true pictures.

    The task is the models'. Super-resolution (--hr): PSNR and SSIM on luma (BT.601, 16 to 235) of 8-bit pictures,
    without a border of SCALE pixels; the small pictures are made by MATLAB's antialiased bicubic. The grid index is the
    power of patterns that repeat with the upscaling, in dB over the full picture: 0 is best, from about 3 they are
    plain to see.

    Translation (--source and --target, or --pictures and --order): PSNR on RGB and SSIM on luma of 8-bit pictures; the
    sharpness distance compares the gradients of all results with those of all true pictures (0 is best, 1 the worst);
    with --palette also label accuracy and mean IoU. --baseline adds what a model has to beat.

    Text-to-image (--captions and --judge): R-precision, the share of the pictures that a judge trained apart finds by
    their captions among wrong ones, between that of real pictures (ceiling) and that of shuffled captions (floor); the
    kernel distance from the real pictures; with --lpips the diversity of the pictures of one caption, and with
    --training-names the distance to the nearest training picture, beside that of real pictures.
    """
    task = _task(context)
    models = _load(task, options)
    distance = lpips_metric(options["lpips"])
    if task == "translate":
        evaluate_translations(models, options, distance)
    elif task == "generate":
        evaluate_texts(models, options, distance)
    else:
        return evaluate_super_resolution(models, options, distance)
    return 0


def _task(context: click.Context) -> Command | None:
    """What the options are for; None when they do not tell.

    Raises:
        UsageError: some are for one task and some for another.
    """
    found: dict[str, tuple[Command, ...]] = {}
    for parameter in context.command.params:
        tasks = _TASKS.get(parameter.name or "")
        if tasks and context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            found[parameter.opts[-1]] = tasks
    for one, other in combinations(found, 2):
        if not {*found[one]} & {*found[other]}:
            first, second = (" and ".join(_WORDS[task] for task in found[flag]) for flag in (one, other))
            raise UsageError(f"{one} is for {first}, {other} for {second}; give one")
    fitting = [task for task in _WORDS if all(task in tasks for tasks in found.values())]
    return fitting[0] if found else None


def _load(task: Command | None, options: dict[str, Any]) -> "dict[str, Model]":
    """The models by the name that the table gives them; all are for the task.

    Raises:
        ModelError: a model is missing or refused.
        UsageError: a model is for another task, or the options do not tell of any pictures.
    """
    from srgan import zoo

    if task is None and not options["models"]:
        raise UsageError(
            f"which pictures? For super-resolution give {_PICTURES['upscale']}; for translation "
            f"{_PICTURES['translate']}; for text-to-image {_PICTURES['generate']}"
        )
    named = tuple(name for name in options["models"] if task != "upscale" or not is_lanczos(name))
    # What needs no model may be measured alone.
    alone = options["baselines"] if task == "translate" else options["results"] or len(named) < len(options["models"])
    asked: tuple[str | None, ...] = named or (() if alone else (None,))
    if None in asked and task not in zoo.DEFAULTS:
        raise UsageError("which model? Name it: -m model.onnx")
    models: dict[str, Model] = {}
    for name in asked:
        # Whether a named model is for the task is judged here, in words that fit a measurement.
        command = None if name else task
        scale = options["scale"] if command == "upscale" else None
        model = zoo.load(name, device=options["device"], precision=options["precision"], command=command, scale=scale)
        commands = model.metadata.commands
        places = " or ".join(_PICTURES[command] for command in commands)
        if not commands:
            raise UsageError(f"the model {model.name!r} is for {model.metadata.task}, which cannot be measured here")
        if task is None:
            raise UsageError(f"which pictures? Measure {model.name!r} with {places}")
        if task not in commands:
            raise UsageError(f"the model {model.name!r} is for {model.metadata.task}: measure it with {places}")
        # Two files may hold models of one name: those are told apart by what was asked for.
        key = name if name and (model.name in models or model.name in asked) else model.name
        if key in models:
            raise UsageError(f"--model {key} stands twice")
        models[key] = model
    return models
