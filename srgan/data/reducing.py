"""Small pictures made of a folder of full ones, as files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from srgan.data.opaque import on_white
from srgan.errors import OutputError, PictureError, UsageError
from srgan.images import Picture, PictureInfo, crop_to_multiple, imresize, probe, read, save

__all__ = ["Made", "make_low"]


@dataclass(frozen=True)
class Made:
    """One small picture.

    Attributes:
        source: the full picture.
        target: the small one.
        state: made, there (from an earlier run, of the right size) or failed.
        message: why it failed.
    """

    source: Path
    target: Path
    state: Literal["made", "there", "failed"]
    message: str = ""


def make_low(sources: list[Path], high: Path, low: Path, *, scale: int, overwrite: bool = False) -> Iterator[Made]:
    """Reduce pictures by MATLAB's antialiased bicubic and write them as PNG, 8 or 16 bits as they are.

    What does not divide by `scale` is cut off at the right and bottom before. Colours are sRGB afterwards; what is
    transparent is laid on white, as trainings of super-resolution see it.

    Args:
        sources: pictures in `high`.
        high: their folder, whose tree is kept.
        low: where the small ones go.
        scale: pixels per small pixel, at least 2.
        overwrite: make those again that are there.

    Yields:
        One result for every picture, in order.

    Raises:
        UsageError: two pictures would get the same name, or one folder lies in the other.
        OutputError: `low` cannot be written.
    """
    if low.resolve().is_relative_to(high.resolve()) or high.resolve().is_relative_to(low.resolve()):
        raise UsageError(f"{low} and {high} lie in one another; the small pictures would count as full ones")
    targets: dict[Path, Path] = {}
    for source in sources:
        target = low / source.relative_to(high).with_suffix(".png")
        if target in targets:
            raise UsageError(f"{targets[target]} and {source} would both become {target}; pairs need unique names")
        targets[target] = source
    for target, source in targets.items():
        try:
            if target.exists() and not overwrite:
                _check_size(source, target, scale)
                yield Made(source, target, "there")
                continue
            _reduce(source, target, scale)
            yield Made(source, target, "made")
        except PictureError as error:
            yield Made(source, target, "failed", str(error))


def _reduce(source: Path, target: Path, scale: int) -> None:
    picture = read(source)
    if min(picture.width, picture.height) < scale:
        raise PictureError("too_small", f"{picture.width}x{picture.height} is less than {scale} pixels a side")
    pixels = imresize(crop_to_multiple(on_white(picture), scale), scale=1.0 / scale)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {str(target)!r}: {error.strerror or error}") from error
    save(Picture(np.ascontiguousarray(pixels), grey=picture.grey, info=PictureInfo("PNG")), target)


def _check_size(source: Path, target: Path, scale: int) -> None:
    """A small picture that is there already must fit.

    Raises:
        PictureError: it does not, or one of them cannot be read.
    """
    full, small = probe(source), probe(target)
    wanted = (full.width // scale, full.height // scale)
    if (small.width, small.height) != wanted:
        raise PictureError(
            "size_mismatch",
            f"{target} is there and is {small.width}x{small.height} instead of {wanted[0]}x{wanted[1]}; "
            "use --overwrite or another folder",
        )
