"""Small pictures made of a folder of full ones, as files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srgan.data.opaque import on_white
from srgan.errors import OutputError, PictureError, UsageError
from srgan.images import Picture, PictureInfo, crop_to_multiple, imresize, probe, read, save

__all__ = ["Made", "Reduction", "make_low"]

Pixels = NDArray[np.uint8 | np.uint16]
Reduction = Callable[[Pixels, str], Pixels]
"""From pixels ``(H, W, 3)``, whose sides divide by the scale, and their place in the folder to small pixels."""


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


def make_low(
    sources: list[Path],
    high: Path,
    low: Path,
    *,
    scale: int,
    overwrite: bool = False,
    reduction: Reduction | None = None,
) -> Iterator[Made]:
    """Reduce pictures by MATLAB's antialiased bicubic and write them as PNG, 8 or 16 bits as they are.

    What does not divide by `scale` is cut off at the right and bottom before. Colours are sRGB afterwards; what is
    transparent is laid on white, as trainings of super-resolution see it.

    Args:
        sources: pictures in `high`.
        high: their folder, whose tree is kept.
        low: where the small ones go.
        scale: pixels per small pixel, at least 2.
        overwrite: make those again that are there.
        reduction: makes the small pictures instead, in colour.

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
        place = source.relative_to(high).with_suffix("").as_posix()
        try:
            if target.exists() and not overwrite:
                _check_size(source, target, scale)
                if reduction is not None:
                    _check_pixels(target, _reduced(source, scale, reduction, place))
                yield Made(source, target, "there")
                continue
            _write(_reduced(source, scale, reduction, place), target)
            yield Made(source, target, "made")
        except PictureError as error:
            yield Made(source, target, "failed", str(error))


def _reduced(source: Path, scale: int, reduction: Reduction | None, place: str) -> Picture:
    picture = read(source)
    if min(picture.width, picture.height) < scale:
        raise PictureError("too_small", f"{picture.width}x{picture.height} is less than {scale} pixels a side")
    cut = crop_to_multiple(on_white(picture), scale)
    pixels = imresize(cut, scale=1.0 / scale) if reduction is None else reduction(cut, place)
    grey = picture.grey and reduction is None  # noise and JPEG may colour it
    return Picture(np.ascontiguousarray(pixels), grey=grey, info=PictureInfo("PNG"))


def _write(picture: Picture, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {str(target)!r}: {error.strerror or error}") from error
    save(picture, target)


def _check_pixels(target: Path, wanted: Picture) -> None:
    """A degraded picture that is there already must be the one that would be made.

    Raises:
        PictureError: it comes of another degradation or seed, or cannot be read.
    """
    if not np.array_equal(read(target).rgb, wanted.rgb):
        raise PictureError(
            "exists", f"{target} is there and was made in another way; use --overwrite or another folder"
        )


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
