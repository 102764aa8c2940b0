"""What pictures for super-resolution a folder holds: full ones alone, or pairs, and some apart for validation."""

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from srgan.data.folders import PairNames, PairPaths
from srgan.errors import PictureError, UsageError
from srgan.images import list_pictures, probe

__all__ = ["FoundPictures", "find_training_pictures"]

_TRAINING, _VALIDATION = ("train", "training"), ("valid", "val", "validation", "test")
_SCALES = (8, 4, 3, 2)
_USUAL = 4  # where nothing tells
_PROBED = 8


@dataclass(frozen=True)
class FoundPictures:
    """Full pictures and, where there are some, the small ones that belong to them.

    Attributes:
        high: folder of the full pictures.
        low: folder of the small ones, matched by name; None where there are full pictures alone.
        scale: HR pixels per LR pixel; 4 without small pictures.
        count: full pictures, or pairs.
        smallest: width and height of the full picture with the shortest side.
        largest: of the one with the most pixels.
        unpaired: pictures of either folder without a partner.
        validation: the same of a folder beside, if there is one.
    """

    high: Path
    low: Path | None
    scale: int
    count: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    unpaired: int = 0
    validation: "FoundPictures | None" = None


def find_training_pictures(folder: Path) -> FoundPictures:
    """Look at a folder: pictures; or two sub-folders whose pictures match by name, one a whole factor larger.

    Either may be in a sub-folder ``train``, and once more in ``valid``, ``val``, ``validation`` or ``test``.

    Args:
        folder: where to look.

    Raises:
        UsageError: it is not there, holds no picture, pairs of one size (which are no super-resolution), or pairs
            between which there is no one factor.
    """
    if folder.is_file():
        raise UsageError(f"{folder} is a file; give the folder that the pictures are in")
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} is not there")
    inside = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    training = next((inside[name] for name in _TRAINING if name in inside), None)
    if training is None:
        return _found(folder, None)
    apart = next((inside[name] for name in _VALIDATION if name in inside), None)
    return _found(training, None if apart is None else _found(apart, None))


def _found(folder: Path, validation: FoundPictures | None) -> FoundPictures:
    pair = _pair(folder)
    if pair is None:
        paths = list_pictures(folder)
        smallest, largest = _extremes(paths)
        return FoundPictures(folder, None, _USUAL, len(paths), smallest, largest, validation=validation)
    high, low, scale, names = pair
    smallest, largest = _extremes([one.high for one in names.pairs])
    unpaired = len(names.high_alone) + len(names.low_alone)
    return FoundPictures(high, low, scale, len(names.pairs), smallest, largest, unpaired, validation)


def _pair(folder: Path) -> tuple[Path, Path, int, PairNames] | None:
    """The two sub-folders that belong together, if there are such."""
    holders = [path for path in sorted(folder.iterdir()) if path.is_dir() and _has_pictures(path)]
    equal: tuple[Path, Path] | None = None
    unfit: tuple[Path, Path, list[str]] | None = None
    for high, low in permutations(holders, 2):
        for scale in _SCALES:
            names = PairNames.of(high, low, scale=scale)
            probed = names.pairs[:_PROBED]
            found = {_ratio(one.high, one.low) for one in probed if one.low is not None}
            ratios = found - {None}  # what cannot be read says nothing; the training names it
            if ratios == {scale}:
                return high, low, scale, names
            if ratios == {1}:
                equal = high, low
            elif names.complete and (len(ratios) > 1 or not ratios <= set(_SCALES)):
                sizes = [words for one in probed if (words := _enlarged(one)) is not None]
                unfit = (high, low, sizes) if sizes and all(sizes) else unfit
    if equal is not None:
        raise UsageError(
            f"{equal[0]} and {equal[1]} hold pictures of the same size: that is a translation, not super-resolution; "
            "begin with a run file like runs/tiny_translation.toml"
        )
    if unfit is not None:
        high, low, sizes = unfit
        raise UsageError(
            f"{high} and {low} hold pictures of the same names, but not of one factor that can be trained: "
            f"{', '.join(sizes[:4])}; a training needs 2, 3, 4 or 8, the same for all"
        )
    return None


def _has_pictures(folder: Path) -> bool:
    try:
        return bool(list_pictures(folder))
    except UsageError:
        return False


def _enlarged(one: PairPaths) -> str | None:
    """Name and sizes of a pair whose full picture is the larger one; nothing of others, None if one is unreadable."""
    assert one.low is not None
    try:
        large, small = probe(one.high), probe(one.low)
    except PictureError:
        return None
    if large.width <= small.width or large.height <= small.height:
        return ""
    return f"{one.high.name} {large.width}x{large.height} of {small.width}x{small.height}"


def _ratio(high: Path, low: Path) -> int | None:
    """How much larger one is, HR with a small pixel more at most: 0 if by no whole number, None if unreadable."""
    try:
        large, small = probe(high), probe(low)
    except PictureError:
        return None
    scale = round(large.width / small.width)
    fits = scale > 0 and (large.width // scale, large.height // scale) == (small.width, small.height)
    return scale if fits else 0


def _extremes(paths: list[Path]) -> tuple[tuple[int, int], tuple[int, int]]:
    sizes = []
    for path in paths:
        try:
            header = probe(path)
        except PictureError:
            continue  # the training names it, and srgan data check does
        sizes.append((header.width, header.height))
    if not sizes:
        raise UsageError(
            f"none of the {len(paths)} pictures in {paths[0].parent} can be read: srgan data check says why"
        )
    return min(sizes, key=min), max(sizes, key=lambda size: size[0] * size[1])
