"""What ``srgan evaluate`` does with models for translation."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from srgan.errors import PictureError, UsageError

if TYPE_CHECKING:
    from srgan.evaluation import Translation, TranslationPairs, TranslationRow
    from srgan.metrics import LpipsMetric
    from srgan.runtime import Model

__all__ = [
    "TRANSLATION_OPTIONS",
    "check_sheet",
    "evaluate_translations",
    "spread",
    "translation_options",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_BASELINES = ("identity", "grey", "colour-statistics", "nearest")
_BACKGROUNDS = {"white": "#ffffff", "black": "#000000"}
_ORDERS = ("source_target", "target_source")
_EVERY = 25
_ROWS = 12


def _folders(flag: str, text: str) -> Callable[[_Command], _Command]:
    return click.option(flag, multiple=True, type=click.Path(path_type=Path), metavar="DIR", help=text)


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    _folders("--source", "Translation: folder of pictures to translate; may be repeated."),
    _folders("--target", "Folder of the true results, of the same names; may be repeated."),
    _folders("--pictures", "Instead of both: folder of files that hold both, side by side."),
    click.option("--order", type=click.Choice(_ORDERS), help="What is left and what is right in them."),
    click.option("--skip-unmatched", is_flag=True, help="Leave pictures without a partner out, instead of refusing."),
    click.option("--load", type=click.IntRange(1), metavar="N", help="Bring the shorter sides to N pixels first."),
    click.option("--palette", metavar="#RRGGBB,...", help="Colours of labels: measure how many pixels have the right."),
    click.option(
        "-b", "--baseline", "baselines", multiple=True, type=click.Choice(_BASELINES), help="Measure too; repeatable."
    ),
    _folders("--training-source", "What the baselines nearest and colour-statistics know: training sources,"),
    _folders("--training-target", "and the targets;"),
    _folders("--training-pictures", "or side by side, in the same --order."),
)

TRANSLATION_OPTIONS = (
    *("source", "target", "pictures", "order", "skip_unmatched", "load", "palette"),
    *("baselines", "training_source", "training_target", "training_pictures"),
)
"""Names of the parameters that only translation has."""


def translation_options(command: _Command) -> _Command:
    """Add the options that only translation has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def evaluate_translations(models: "dict[str, Model]", options: dict[str, Any], lpips: "LpipsMetric | None") -> None:
    """Measure models and baselines on pairs, print the table, and save the sheet.

    Args:
        models: by the name that the table gives them.
        options: as click gives them.
        lpips: also measure this.

    Raises:
        UsageError: options that do not fit together, or pictures that cannot be measured.
    """
    from srgan.cli.evaluation_pairs import baselines, find_pairs, load_pairs
    from srgan.evaluation import evaluate_translation, translation_table

    check_sheet(options["sheet"])
    palette = _palette(options["palette"])
    paths = find_pairs(options)
    background = _background(models, options["background"])
    yardsticks = baselines(options, background)
    pairs = load_pairs(paths, options, background)
    _check_backgrounds(models, pairs)
    shown = spread(len(paths), options["rows"] or _ROWS) if options["sheet"] else ()
    rows = []
    notes = {name: "with noise of seed 0" if model.metadata.latent else "" for name, model in models.items()}
    measured: dict[str, tuple[Translation, str, str]] = {
        **{name: (translate, "CPU (numpy)", note) for name, (translate, note) in yardsticks.items()},
        **{name: (model.translate, model.device_line, notes[name]) for name, model in models.items()},
    }
    for name, (translate, device, note) in measured.items():
        try:
            row = evaluate_translation(
                name,
                translate,
                pairs,
                device=device,
                note=note,
                lpips=lpips,
                palette=palette,
                results=shown,
                progress=_progress(name),
            )
        except PictureError as error:
            raise UsageError(str(error)) from error
        rows.append(row)
    if options["sheet"]:
        _save_sheet(options["sheet"], pairs, rows, shown)
    if options["as_json"]:
        click.echo(json.dumps([row.as_dict(per_picture=options["per_picture"]) for row in rows], indent=2))
        return
    click.echo(translation_table(rows, per_picture=options["per_picture"]))


def _background(models: "dict[str, Model]", chosen: str | None) -> str:
    if chosen is not None:
        if chosen not in _BACKGROUNDS:
            raise UsageError(f"--background {chosen} is for captions; pairs are laid on white or black")
        return _BACKGROUNDS[chosen]
    own = [model.metadata.background for model in models.values() if model.metadata.background]
    return own[0].lower() if own else _BACKGROUNDS["white"]


def _check_backgrounds(models: "dict[str, Model]", pairs: "TranslationPairs") -> None:
    """A model that draws on another colour than that of the true pictures cannot be right.

    Raises:
        UsageError: one does.
    """
    if not pairs.transparent:
        return
    for name, model in models.items():
        if model.metadata.background and model.metadata.background.lower() != pairs.background:
            raise UsageError(
                f"the model {name!r} draws on {model.metadata.background}, and the true pictures are laid on "
                f"{pairs.background}; measure it apart, or with the --background of its training"
            )


def _palette(text: str | None) -> tuple[str, ...]:
    from srgan.metrics import LabelAccuracy

    if text is None:
        return ()
    colours = tuple(colour.strip() for colour in text.split(","))
    try:
        LabelAccuracy(colours)
    except ValueError as error:
        raise UsageError(f"--palette: {error}") from None
    return colours


def spread(count: int, rows: int) -> tuple[int, ...]:
    """At most so many places of `count`, evenly spread, for a sheet."""
    rows = min(rows, count)
    return tuple((2 * row + 1) * count // (2 * rows) for row in range(rows))


def _progress(name: str) -> Callable[[int, int], None]:
    def progress(done: int, count: int) -> None:
        if done % _EVERY == 0 or done == count:
            click.echo(f"{name}: {done}/{count}", err=True)

    return progress


def check_sheet(path: Path | None) -> None:
    """Refuse a sheet that cannot be saved under its name.

    Raises:
        UsageError: the suffix is that of no picture.
    """
    from srgan.images import format_of

    if path is not None and format_of(path.suffix) is None:
        raise UsageError(f"--sheet {path} has no suffix of a picture; use for example sheet.png")


def _save_sheet(path: Path, pairs: "TranslationPairs", rows: "list[TranslationRow]", shown: Sequence[int]) -> None:
    from srgan.evaluation import on_background
    from srgan.images import Picture, save
    from srgan.reports import captioned_sheet

    columns = [
        [on_background(pairs.sources[place], pairs.background) for place in shown],
        *(row.results for row in rows),
        [on_background(pairs.targets[place], pairs.background) for place in shown],
    ]
    captions = ["source", *(row.model for row in rows), "truth"]
    save(Picture(captioned_sheet(captions, list(zip(*columns, strict=True)))), path)
