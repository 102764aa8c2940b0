"""``srgan evaluate``: measure models on pictures whose true results are known."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from srgan.cli.evaluate_translation import TRANSLATION_OPTIONS, evaluate_translations, translation_options
from srgan.cli.extras import needs_extra
from srgan.errors import PictureError, UsageError
from srgan.runtime import Command, Device, Precision

if TYPE_CHECKING:
    from srgan.evaluation import PictureScore, Row
    from srgan.metrics import LpipsMetric
    from srgan.runtime import Model

__all__ = ["evaluate"]

_TASKS: dict[str, Command] = {
    **dict.fromkeys(("hr", "lr", "scale", "grey_as_y"), "upscale"),
    **dict.fromkeys(TRANSLATION_OPTIONS, "translate"),
}
"""Which task an option is for; the others are for both."""

_PICTURES: dict[Command, str] = {
    "upscale": "--hr",
    "translate": "--source and --target (or --pictures and --order)",
}


@click.command(short_help="Measure models on pictures whose true results are known.")
@click.option(
    "-m", "--model", "models", multiple=True, help="Name (also bicubic) or .onnx file [the default]; may be repeated."
)
@click.option("--hr", type=click.Path(path_type=Path), metavar="DIR", help="Super-resolution: folder of full pictures.")
@click.option("--lr", type=click.Path(path_type=Path), metavar="DIR", help="Small pictures; else made by bicubic.")
@click.option("-s", "--scale", type=click.IntRange(1, 8), default=4, show_default=True, help="Reduction.")
@click.option("--grey-as-y", is_flag=True, help="Take one-channel files as Y (older tables) instead of as RGB.")
@translation_options
@click.option("--device", type=click.Choice(get_args(Device)), default="auto", show_default=True)
@click.option("--precision", type=click.Choice(get_args(Precision)), default="auto", show_default=True)
@click.option("--lpips", is_flag=True, help="Measure LPIPS too (needs srgan[train] and AlexNet's weights).")
@click.option("--per-picture", is_flag=True, help="List every picture too.")
@click.option("--json", "as_json", is_flag=True, help="A list of rows as JSON.")
@click.pass_context
def evaluate(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401
    """Run models through the path that srgan upscale and srgan translate take, and compare with true pictures.

    The task is the models'. Super-resolution (--hr): PSNR and SSIM on luma (BT.601, 16 to 235) of 8-bit pictures,
    without a border of SCALE pixels; the small pictures are made by MATLAB's antialiased bicubic. The grid index is the
    power of patterns that repeat with the upscaling, in dB over the full picture: 0 is best, from about 3 they are
    plain to see.

    Translation (--source and --target, or --pictures and --order): PSNR on RGB and SSIM on luma of 8-bit pictures; the
    sharpness distance compares the gradients of all results with those of all true pictures (0 is best, 1 the worst);
    with --palette also label accuracy and mean IoU. --baseline adds what a model has to beat.
    """
    task = _task(context)
    models = _load(task, options)
    distance = None
    if options["lpips"]:
        from srgan.metrics import LpipsMetric

        with needs_extra("train"):
            distance = LpipsMetric()
    if task == "translate":
        evaluate_translations(models, options, distance)
    else:
        _super_resolution(list(models.values()), options, distance)


def _task(context: click.Context) -> Command | None:
    """What the options are for; None when they do not tell.

    Raises:
        UsageError: some are for one task and some for the other.
    """
    found: dict[Command, str] = {}
    for parameter in context.command.params:
        command = _TASKS.get(parameter.name or "")
        if command and context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            found.setdefault(command, parameter.opts[-1])
    if len(found) > 1:
        raise UsageError(f"{found['upscale']} is for super-resolution, {found['translate']} for translation; give one")
    return next(iter(found), None)


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
            f"{_PICTURES['translate']}"
        )
    alone = task == "translate" and options["baselines"]
    asked: tuple[str | None, ...] = options["models"] or (() if alone else (None,))
    models: dict[str, Model] = {}
    for name in asked:
        # Whether a named model is for the task is judged here, in words that fit a measurement.
        command = None if name else task
        model = zoo.load(name, device=options["device"], precision=options["precision"], command=command)
        commands = model.metadata.commands
        places = " or ".join(_PICTURES[command] for command in commands)
        if not commands:
            raise UsageError(f"the model {model.name!r} is for {model.metadata.task}, which cannot be measured here")
        if task is None:
            raise UsageError(f"which pictures? Measure {model.name!r} with {places}")
        if task not in commands:
            raise UsageError(f"the model {model.name!r} is for {model.metadata.task}: measure it with {places}")
        models[name if name and model.name in models else model.name] = model
    return models


def _super_resolution(models: "list[Model]", options: dict[str, Any], lpips: "LpipsMetric | None") -> None:
    """Measure models that upscale, and print the figures.

    Raises:
        UsageError: the pictures cannot be measured.
    """
    from srgan.evaluation import evaluate_model

    if options["hr"] is None:
        raise UsageError("which pictures? Give the folder of full pictures: --hr DIR")
    rows = []
    for model in models:

        def progress(done: int, count: int, name: str = model.name) -> None:
            click.echo(f"{name}: {done}/{count}", err=True)

        try:
            row = evaluate_model(
                model,
                options["hr"],
                scale=options["scale"],
                low=options["lr"],
                grey_as_luma=options["grey_as_y"],
                lpips=lpips,
                progress=progress,
            )
        except PictureError as error:
            raise UsageError(str(error)) from error
        rows.append(row)
    if options["as_json"]:
        click.echo(json.dumps([row.as_dict(per_picture=options["per_picture"]) for row in rows], indent=2))
        return
    width = max(len(row.model) for row in rows)
    for row in rows:
        for score in row.pictures if options["per_picture"] else ():
            click.echo(f"{row.model:{width}}  {score.picture}  {_figures(score)}")
        click.echo(f"{row.model:{width}}  {row.dataset} x{row.scale}  {_figures(row)}  {row.images} pictures")
    click.echo(f"protocol: {rows[0].protocol}")


def _figures(row: "PictureScore | Row") -> str:
    text = f"PSNR {row.psnr_y:.2f} dB  SSIM {row.ssim_y:.4f}"
    text += "" if row.grid is None else f"  grid {row.grid:+.2f} dB"
    return text if row.lpips is None else f"{text}  LPIPS {row.lpips:.4f}"
