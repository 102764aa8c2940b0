"""The pairs and baselines that the options of ``srgan evaluate`` mean."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from srgan.errors import UsageError

if TYPE_CHECKING:
    from srgan.data import TranslationPaths
    from srgan.evaluation import Translation, TranslationPairs

__all__ = ["baselines", "find_pairs", "load_pairs"]


def find_pairs(options: dict[str, Any], prefix: str = "") -> "list[TranslationPaths]":
    """The pairs that the options name.

    Args:
        options: of `srgan evaluate`.
        prefix: ``"training_"`` for what the baselines know.

    Raises:
        UsageError: they name none, or both kinds.
    """
    from srgan.data import find_side_by_side, find_translation_pairs

    source, target, pictures, names = (options[prefix + side] for side in ("source", "target", "pictures", "names"))
    key = prefix.rstrip("_") or "evaluate"
    flag = "--" + prefix.replace("_", "-")
    if pictures and (source or target):
        raise UsageError(f"{flag}pictures holds both pictures of a pair; {flag}source and {flag}target go without it")
    if options["order"] is not None and not (options["pictures"] or options["training_pictures"]):
        raise UsageError("--order is for --pictures")
    if pictures:
        if options["order"] is None:
            raise UsageError(f"{flag}pictures needs --order source_target or target_source")
        return find_side_by_side(pictures, order=options["order"], names=names, without=options["without"], key=key)
    if not source or not target:
        raise UsageError(f"which pictures? Give {flag}source and {flag}target, or {flag}pictures and --order")
    missing: Literal["leave_out", "refuse"] = "leave_out" if options["skip_unmatched"] else "refuse"
    return find_translation_pairs(source, target, names=names, without=options["without"], missing=missing, key=key)


def load_pairs(paths: "list[TranslationPaths]", options: dict[str, Any], background: str) -> "TranslationPairs":
    """Read pairs for the evaluation, at the size that the options want.

    Args:
        paths: of the pairs.
        options: of `srgan evaluate`.
        background: ``"#rrggbb"`` under transparency.

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    from srgan.data import load_translation
    from srgan.evaluation import TranslationPairs

    store = load_translation(paths, load=options["load"], key="evaluate")
    made = "at their own size" if options["load"] is None else f"shorter side brought to {options['load']}"
    made += ", pictures without a partner left out" if options["skip_unmatched"] else ""
    return TranslationPairs([pair.source.name for pair in paths], store.sources, store.targets, background, made)


def baselines(options: dict[str, Any], background: str) -> "dict[str, tuple[Translation, str]]":
    """What makes the results of each baseline that was asked for, and what it is in words.

    Args:
        options: of `srgan evaluate`.
        background: ``"#rrggbb"`` under transparency.

    Raises:
        UsageError: training pictures are missing, are not needed, or cannot be used.
    """
    from srgan.evaluation import grey_copy, identity

    makers: dict[str, Callable[[], tuple[Translation, str]]] = {
        "identity": lambda: (identity, "the source itself"),
        "grey": lambda: (grey_copy, "luma of the source in all channels"),
        "colour-statistics": lambda: _colour_statistics(options),
        "nearest": lambda: _nearest(options, background),
    }
    wanted = tuple(dict.fromkeys(options["baselines"]))
    learning = {"colour-statistics", "nearest"} & {*wanted}
    training = [side for side in ("source", "target", "pictures", "names") if options[f"training_{side}"]]
    if training and not learning:
        raise UsageError(f"--training-{training[0]} is for --baseline nearest and --baseline colour-statistics")
    if learning and not training:
        raise UsageError(
            f"--baseline {min(learning)} needs to know training pictures: give --training-source and "
            "--training-target, or --training-pictures"
        )
    return {name: makers[name]() for name in wanted}


def _nearest(options: dict[str, Any], background: str) -> "tuple[Translation, str]":
    from srgan.data import load_translation
    from srgan.evaluation import NearestNeighbour

    store = load_translation(find_pairs(options, "training_"), load=options["load"], key="training")
    note = (
        f"target of the training pair, of {len(store.sources)}, whose source is nearest (mean squared difference at "
        "32x32 on the background)"
    )
    return NearestNeighbour(store.sources, store.targets, background), note


def _colour_statistics(options: dict[str, Any]) -> "tuple[Translation, str]":
    from srgan.data import find_unpaired, load_translation, load_unpaired
    from srgan.evaluation import ColourStatistics

    if options["training_source"] and options["training_target"] and not options["training_pictures"]:
        sides = find_unpaired(
            options["training_source"],
            options["training_target"],
            names=options["training_names"],
            without=options["without"],
            key="training",
        )
        store = load_unpaired(*sides, load=options["load"], key="training")
    else:
        store = load_translation(find_pairs(options, "training_"), load=options["load"], key="training")
    note = (
        f"mean and deviation of each channel of CIELAB of {len(store.sources)} training sources moved to those of "
        f"{len(store.targets)} training targets, visible pixels only"
    )
    return ColourStatistics(store.sources, store.targets), note
