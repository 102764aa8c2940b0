"""What ``srgan evaluate`` does with models that make pictures of texts."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from srgan.cli.extras import needs_extra
from srgan.errors import PictureError, UsageError

if TYPE_CHECKING:
    from srgan.evaluation import PictureMaker, TextToImageReferences, TextToImageRow
    from srgan.metrics import LpipsMetric
    from srgan.runtime import Model

__all__ = ["TEXT_OPTIONS", "evaluate_texts", "text_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_BACKGROUNDS = {"white": "#ffffff", "black": "#000000", "fixed": "fixed"}
_ROWS, _SHOWN = 40, 4
_BATCH = 16
_EVERY = 1024

_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--captions",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Text-to-image: .jsonl file of pictures and captions, or folder of a.png and a.txt.",
    ),
    click.option("--images", multiple=True, metavar="KEY", help="Key of a line with the picture [image]; repeatable."),
    click.option("--strip", multiple=True, metavar="PATTERN", help="Cut out of captions; repeatable."),
    click.option(
        "--judge",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Joint embedding of texts and pictures that no model learned from: run, checkpoint or .safetensors.",
    ),
    click.option("--samples", type=click.IntRange(1), default=4, show_default=True, help="Pictures of each caption."),
    click.option(
        "--distractors", type=click.IntRange(1), default=99, show_default=True, help="Wrong captions of each."
    ),
    click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True, help="Of the noise."),
    click.option("--truncation", type=float, metavar="T", help="Draw noise beyond T again: typical, less diverse."),
    click.option(
        "--features",
        type=click.Choice(["pixels", "vgg19"]),
        default="pixels",
        show_default=True,
        help="What the kernel distance compares; VGG-19 needs its weights.",
    ),
)

TEXT_OPTIONS = (*("captions", "images", "strip", "judge", "samples", "distractors", "seed", "truncation", "features"),)
"""Names of the parameters that only text-to-image has."""


def text_options(command: _Command) -> _Command:
    """Add the options that only text-to-image has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def evaluate_texts(models: "dict[str, Model]", options: dict[str, Any], lpips: "LpipsMetric | None") -> None:
    """Judge models that make pictures of texts, print the table, and save the sheet.

    Args:
        models: by the name that the table gives them.
        options: as click gives them.
        lpips: also measure diversity, and nearness to training pictures, by this.

    Raises:
        UsageError: options that do not fit together, or pictures or a judge that cannot be used.
    """
    from srgan.cli.evaluate_translation import check_sheet, spread
    from srgan.evaluation import evaluate_text_to_image, text_to_image_table

    _check(models, options)
    check_sheet(options["sheet"])
    with needs_extra("train"):
        references = _references(models, options, lpips)
    texts = next(iter(references.values())).real.texts
    shown = spread(len(texts), options["rows"] or _ROWS) if options["sheet"] else ()
    rows = []
    for name, model in models.items():
        try:
            row = evaluate_text_to_image(
                name,
                _maker(model, options),
                references[name],
                samples=options["samples"],
                device=model.device_line,
                note=_note(options),
                shown=shown,
                progress=_progress(name),
            )
        except PictureError as error:
            raise UsageError(f"{name}: {error}") from error
        rows.append(row)
    if options["sheet"]:
        _save_sheet(options["sheet"], next(iter(references.values())), rows, shown)
    if options["as_json"]:
        click.echo(json.dumps([row.as_dict(per_picture=options["per_picture"]) for row in rows], indent=2))
        return
    click.echo(text_to_image_table(rows, per_picture=options["per_picture"]))


def _check(models: "dict[str, Model]", options: dict[str, Any]) -> None:
    """Refuse what does not go together before anything is computed.

    Raises:
        UsageError: it does not.
    """
    for key in ("captions", "judge"):
        if options[key] is None:
            raise UsageError(f"text-to-image is measured with --captions and --judge; --{key} is missing")
    if options["training_names"] is not None and not options["lpips"]:
        raise UsageError("--training-names measures nearness to training pictures by LPIPS: add --lpips")
    for name, model in models.items():
        if model.metadata.text is None:
            raise UsageError(f"the model {name!r} is for {model.metadata.task} without texts: it has no captions")


def _references(
    models: "dict[str, Model]", options: dict[str, Any], lpips: "LpipsMetric | None"
) -> "dict[str, TextToImageReferences]":
    """The real side for each model; those that make pictures of one size share it."""
    from srgan.cli.evaluation_captions import find_captions, find_judge, load_captions, load_training
    from srgan.evaluation import TextToImageReferences
    from srgan.metrics import PictureFeatures

    found = find_judge(options["judge"])
    for name, model in models.items():
        found.refuse_own(name, model.metadata)
    paths = find_captions(options, options["names"])
    background, features = _background(models, options["background"]), PictureFeatures(options["features"])
    made: dict[int | None, TextToImageReferences] = {}
    for model in models.values():
        size = model.metadata.size
        if size is None or size in made:
            continue
        made[size] = TextToImageReferences(
            load_captions(paths, size, background),
            found.judge,
            judged_by=found.words,
            features=features,
            lpips=lpips,
            training=load_training(options, size, paths) if options["training_names"] else None,
            distractors=options["distractors"],
            progress=_progress("real pictures"),
        )
    return {name: made[model.metadata.size] for name, model in models.items()}


def _background(models: "dict[str, Model]", chosen: str | None) -> str:
    """``"fixed"`` or ``"#rrggbb"``."""
    if chosen is not None:
        return _BACKGROUNDS[chosen]
    own = [model.metadata.background for model in models.values() if model.metadata.background]
    return own[0].lower() if own else "fixed"


def _maker(model: "Model", options: dict[str, Any]) -> "PictureMaker":
    import numpy as np
    from numpy.typing import NDArray

    def make(texts: Sequence[str], sample: int) -> NDArray[np.uint8]:
        return np.stack(
            model.generate(texts, first=sample, seed=options["seed"], truncation=options["truncation"], batch=_BATCH)
        )

    return make


def _note(options: dict[str, Any]) -> str:
    limit = "" if options["truncation"] is None else f", truncated at {options['truncation']:g}"
    return f"noise of seed {options['seed']}{limit}"


def _progress(name: str) -> Callable[[int, int], None]:
    told = 0

    def progress(done: int, count: int) -> None:
        nonlocal told
        if done == count or done - told >= _EVERY or count < _EVERY:
            told = 0 if done == count else done
            click.echo(f"{name}: {done}/{count}", err=True)

    return progress


def _save_sheet(
    path: Path, references: "TextToImageReferences", rows: "list[TextToImageRow]", shown: Sequence[int]
) -> None:
    from srgan.images import Picture, save
    from srgan.reports import text_sheet

    real = references.real
    pictures = [
        [[real.pictures[real.first[place]]], *(list(row.shown[number][:_SHOWN]) for row in rows)]
        for number, place in enumerate(shown)
    ]
    heads = ["truth", *(row.model for row in rows)]
    save(Picture(text_sheet(heads, [real.texts[place] for place in shown], pictures)), path)
