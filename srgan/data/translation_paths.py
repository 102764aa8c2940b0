"""Which pictures a translation learns from: pairs by name, pairs side by side in one file, or two sets of pictures."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from srgan.data.folders import PairPaths, data_hash
from srgan.data.name_lists import name_filter
from srgan.errors import UsageError
from srgan.images import list_pictures

__all__ = [
    "TranslationPaths",
    "find_side_by_side",
    "find_translation_pairs",
    "find_unpaired",
    "translation_hash",
    "unpaired_hash",
]

Order = Literal["source_target", "target_source"]
_SHOWN = 10


@dataclass(frozen=True)
class TranslationPaths:
    """Where the two pictures of a pair are.

    Attributes:
        source: the picture that the network gets; or the file that holds both, side by side.
        target: the picture that it should make; None where `source` holds both.
        order: which half is which, from left to right; None where there are two files.
    """

    source: Path
    target: Path | None
    order: Order | None = None


def find_translation_pairs(
    source: Sequence[Path],
    target: Sequence[Path],
    *,
    names: str | None = None,
    without: Sequence[str] = (),
    missing: Literal["refuse", "leave_out"] = "refuse",
    key: str = "data",
) -> list[TranslationPaths]:
    """Pairs of pictures that have the same place and name in their folders, whatever the suffix, sorted by name.

    Args:
        source: folders of what the network gets, with their sub-folders.
        target: folders of what it should make.
        names: a list of the pictures that are meant, as for `find_pictures`; None takes all.
        without: patterns of names to leave out, such as ``"1F1??-*"``.
        missing: what happens to pictures without a partner.
        key: run-file section for messages.

    Raises:
        UsageError: a folder or the list cannot be used, two pictures of one side have the same name, pictures lack a
            partner, or nothing is left.
    """
    meant = name_filter(names, without, key=key)
    sources, targets = (
        _by_name(folders, meant, f"{key}.{side}") for folders, side in ((source, "source"), (target, "target"))
    )
    both = sorted(sources.keys() & targets.keys())
    alone = [f"{sources[name]} has no picture in {_listing(target)}" for name in sorted(sources.keys() - both)]
    alone += [f"{targets[name]} has no picture in {_listing(source)}" for name in sorted(targets.keys() - both)]
    if alone and missing == "refuse":
        more = f"\n  ... and {len(alone) - _SHOWN} more" if len(alone) > _SHOWN else ""
        raise UsageError(f"{key}: {len(alone)} pictures without a partner:\n  " + "\n  ".join(alone[:_SHOWN]) + more)
    if not both:
        raise UsageError(
            f"{key}: no picture of {_listing(source)} has a partner of the same name in {_listing(target)} "
            f"({len(sources)} and {len(targets)} pictures{_filters(names, without)})"
        )
    return [TranslationPaths(sources[name], targets[name]) for name in both]


def find_side_by_side(
    folders: Sequence[Path],
    *,
    order: Order,
    names: str | None = None,
    without: Sequence[str] = (),
    key: str = "data",
) -> list[TranslationPaths]:
    """Files that hold both pictures of a pair, each half as wide, those of each folder sorted by path.

    Args:
        folders: where to look, with their sub-folders.
        order: which half is which, from left to right.
        names: a list of the pictures that are meant, as for `find_pictures`; None takes all.
        without: patterns of names to leave out.
        key: run-file section for messages.

    Raises:
        UsageError: a folder or the list cannot be used, or nothing is left.
    """
    meant = name_filter(names, without, key=key)
    return [
        TranslationPaths(path, None, order)
        for path in _meant(folders, meant, f"{key}.pictures", _filters(names, without))
    ]


def find_unpaired(
    source: Sequence[Path],
    target: Sequence[Path],
    *,
    names: str | None = None,
    without: Sequence[str] = (),
    key: str = "data",
) -> tuple[list[Path], list[Path]]:
    """Pictures of two kinds that do not belong together, those of each folder sorted by path.

    Args:
        source: folders of what the network gets, with their sub-folders.
        target: folders of what its pictures should look like.
        names: a list of the pictures of both sides that are meant, as for `find_pictures`; None takes all.
        without: patterns of names to leave out on both sides.
        key: run-file section for messages.

    Raises:
        UsageError: a folder or the list cannot be used, or nothing is left of a side.
    """
    meant, filters = name_filter(names, without, key=key), _filters(names, without)
    return _meant(source, meant, f"{key}.source", filters), _meant(target, meant, f"{key}.target", filters)


def translation_hash(paths: Sequence[TranslationPaths]) -> str:
    """A sha256 over the names, contents and directions of all pairs: which data a model was trained on."""
    digest = hashlib.sha256(data_hash([PairPaths(pair.source, pair.target) for pair in paths]).encode())
    digest.update(json.dumps([pair.order for pair in paths]).encode())
    return digest.hexdigest()


def unpaired_hash(sources: Sequence[Path], targets: Sequence[Path]) -> str:
    """A sha256 over the names and contents of the pictures of both sides."""
    sides = [data_hash([PairPaths(path, None) for path in side]) for side in (sources, targets)]
    return hashlib.sha256(json.dumps(sides).encode()).hexdigest()


def _by_name(folders: Sequence[Path], meant: Callable[[Path], bool], key: str) -> dict[str, Path]:
    """Pictures by their place in their folder, without the suffix.

    Raises:
        UsageError: a folder cannot be used, or two pictures have the same name.
    """
    named: dict[str, Path] = {}
    for folder in folders:
        for path in filter(meant, list_pictures(folder, key=key)):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if name in named:
                raise UsageError(f"{key}: {named[name]} and {path} have the same name; pairs need unique ones")
            named[name] = path
    return named


def _meant(folders: Sequence[Path], meant: Callable[[Path], bool], key: str, filters: str) -> list[Path]:
    found = [path for folder in folders for path in list_pictures(folder, key=key)]
    kept = list(filter(meant, found))
    if not kept:
        raise UsageError(f"{key}: none of the {len(found)} pictures in {_listing(folders)} is left{filters}")
    return kept


def _listing(folders: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in folders)


def _filters(names: str | None, without: Sequence[str]) -> str:
    """What a person may have to change when nothing is left."""
    parts = [] if names is None else [f"names = {names!r}"]
    parts += [f"without = {list(without)}"] if without else []
    return f" by {' and '.join(parts)}" if parts else ""
