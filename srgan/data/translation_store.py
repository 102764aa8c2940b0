"""Pictures of a translation in memory: of two sides, with their transparency and their own shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.scaling import each_of, read_rgba, scaled
from srgan.data.translation_paths import TranslationPaths
from srgan.errors import PictureError, UsageError

__all__ = ["TranslationStore", "load_translation", "load_unpaired"]

Pixels = NDArray[np.uint8]
_SHOWN = 10


@dataclass(frozen=True)
class TranslationStore:
    """Pictures of two sides, each ``(h, w, 4)`` uint8, sRGB with straight alpha; transparent pixels are black.

    Attributes:
        sources: what the network gets.
        targets: what it should make, or what its pictures should look like. Of pairs, those at the same place belong
            together and have the same size.
    """

    sources: list[Pixels]
    targets: list[Pixels]


def load_translation(
    paths: Sequence[TranslationPaths], *, load: int | None = None, smallest: int = 1, key: str = "data"
) -> TranslationStore:
    """Read pairs and bring the shorter side of each picture to `load` pixels.

    Args:
        paths: files of any readable format.
        load: shorter side of the pictures; None leaves them as they are.
        smallest: least side of a picture (that of the crops).
        key: run-file section for messages.

    Raises:
        UsageError: names the pictures that cannot be read, are smaller, or have another shape than their partner, and
            files of an odd width that should hold two pictures.
    """
    _check_load(load, smallest, key)
    pairs = each_of(paths, lambda pair: _pair(pair, load), key=key)
    _check_sides([(pair.source, source) for pair, (source, _) in zip(paths, pairs, strict=True)], smallest, key)
    return TranslationStore([source for source, _ in pairs], [target for _, target in pairs])


def load_unpaired(
    sources: Sequence[Path], targets: Sequence[Path], *, load: int | None = None, smallest: int = 1, key: str = "data"
) -> TranslationStore:
    """Read pictures of two kinds and bring the shorter side of each to `load` pixels.

    Args:
        sources: files of any readable format.
        targets: likewise.
        load: shorter side of the pictures; None leaves them as they are.
        smallest: least side of a picture (that of the crops).
        key: run-file section for messages.

    Raises:
        UsageError: names the pictures that cannot be read or are smaller.
    """
    _check_load(load, smallest, key)
    paths = [*sources, *targets]
    pictures = each_of(paths, lambda path: scaled(read_rgba(path), load), key=key)
    _check_sides(list(zip(paths, pictures, strict=True)), smallest, key)
    return TranslationStore(pictures[: len(sources)], pictures[len(sources) :])


def _pair(pair: TranslationPaths, load: int | None) -> tuple[Pixels, Pixels]:
    """Both pictures of a pair.

    Raises:
        PictureError: one cannot be read, or they do not fit; the message names the files.
    """
    if pair.target is None:
        both = read_rgba(pair.source)
        height, width = both.shape[:2]
        if width % 2:
            raise PictureError(
                "size_mismatch", f"{pair.source} is {width}x{height}: two pictures side by side have an even width"
            )
        left, right = scaled(both[:, : width // 2], load), scaled(both[:, width // 2 :], load)
        return (right, left) if pair.order == "target_source" else (left, right)
    whole = read_rgba(pair.source), read_rgba(pair.target)
    source, target = (scaled(picture, load) for picture in whole)
    if source.shape != target.shape:
        one, other = (f"{picture.shape[1]}x{picture.shape[0]}" for picture in whole)
        wanted = "shape" if load is not None else "size"
        raise PictureError(
            "size_mismatch",
            f"{pair.source} is {one}, but {pair.target} is {other}; the pictures of a pair need the same {wanted}",
        )
    return source, target


def _check_load(load: int | None, smallest: int, key: str) -> None:
    if load is not None and load < smallest:
        raise UsageError(
            f"{key}: crops of {smallest}x{smallest} pixels cannot be cut from pictures whose shorter side is brought "
            f"to {key}.load = {load}; set {key}.size to {load} at most, or a larger {key}.load"
        )


def _check_sides(pictures: Sequence[tuple[Path, Pixels]], smallest: int, key: str) -> None:
    small = [f"{path} ({p.shape[1]}x{p.shape[0]})" for path, p in pictures if min(p.shape[:2]) < smallest]
    if small:
        raise UsageError(
            f"{key}: {len(small)} pictures are smaller than the crops of {smallest}x{smallest} pixels; remove them, "
            f"or set a smaller {key}.size or a {key}.load:\n  " + "\n  ".join(small[:_SHOWN])
        )
