"""A folder of full pictures, and the small ones that belong to them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.images import Picture, crop_to_multiple, imresize, list_pictures, read

__all__ = ["BenchmarkPicture", "BenchmarkSet"]

Pixels = NDArray[np.uint8]

_DIGITS = 12


@dataclass(frozen=True)
class BenchmarkPicture:
    """One picture.

    Attributes:
        name: of its file.
        place: of its file in the folder, without the suffix.
        real: the full picture, both sides a multiple of the scale: ``(H, W, 3)``, or ``(H, W)`` where the values of a
            one-channel file are taken as luma.
        small: what it is reduced to, of the same channels.
    """

    name: str
    place: str
    real: Pixels
    small: Pixels

    @property
    def as_luma(self) -> bool:
        """Whether the values are luma already."""
        return self.real.ndim == 2


class BenchmarkSet:
    """Full pictures cut to a multiple of the scale, and small ones made by MATLAB's bicubic or given.

    Pictures are read one by one, whenever they are asked for.

    Args:
        high: folder of full pictures.
        scale: reduction.
        low: folder of ready small pictures of the same names (``0001``, or ``0001x4``), instead of reducing.
        grey_as_luma: take the values of one-channel files as luma (older tables) instead of reading them as RGB.

    Raises:
        UsageError: there are no pictures, or `low` lacks one.
    """

    def __init__(self, high: Path, *, scale: int, low: Path | None = None, grey_as_luma: bool = False) -> None:
        self.scale = scale
        self._high, self._grey_as_luma = high, grey_as_luma
        self._paths = list_pictures(high, key="--hr")
        self._partners = None if low is None else _partners(self._paths, high, low, scale)
        self._digests: dict[str, tuple[str, str, bool]] = {}

    @property
    def name(self) -> str:
        """The folder's name; ``Set5/HR`` is Set5."""
        resolved = self._high.resolve()
        return resolved.parent.name if resolved.name.lower() in {"hr", "gt", "high"} else resolved.name

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[BenchmarkPicture]:
        """The pictures in the order of their names.

        Raises:
            UsageError: one cannot be read or has 16 bits, or a given small picture has a wrong size.
        """
        for path in self._paths:
            picture = _read(path)
            as_luma = self._grey_as_luma and picture.grey
            real = crop_to_multiple(_pixels(picture, as_luma, path), self.scale)
            made = imresize(real, scale=1.0 / self.scale)
            small = made if self._partners is None else self._given(path, real, as_luma)
            place = path.relative_to(self._high).with_suffix("").as_posix()
            self._digests[place] = (_digest(real), _digest(small), bool(np.array_equal(small, made)))
            yield BenchmarkPicture(path.name, place, real, small)

    @property
    def protocol(self) -> dict[str, str]:
        """What other numbers must have been measured on to be compared with those on this set.

        Small pictures that were given are known by their pixels, so that two kernels are told apart. If they are what
        MATLAB's bicubic makes, to the bit, it does not matter where they came from.
        """
        digests = self._known
        grey = "one-channel files taken as Y" if self._grey_as_luma else "one-channel files read as RGB"
        low = f"LR by MATLAB bicubic 1/{self.scale}, 8-bit after each pass"
        if not all(equal for _, _, equal in digests):
            low = f"LR as given (pixels {_joined(small for _, small, _ in digests)})"
        return {
            "pictures": f"{len(self)} pictures of {self.name} (pixels {_joined(real for real, _, _ in digests)})",
            "LR": low,
            "grey": grey,
            "output": "8-bit output",
        }

    @cached_property
    def _known(self) -> list[tuple[str, str, bool]]:
        if len(self._digests) < len(self):
            for _ in self:
                pass
        return [self._digests[place] for place in sorted(self._digests)]

    def _given(self, path: Path, real: Pixels, as_luma: bool) -> Pixels:
        assert self._partners is not None
        found = self._partners[path]
        small = _pixels(_read(found), as_luma, found)
        if (small.shape[0] * self.scale, small.shape[1] * self.scale) != real.shape[:2]:
            raise UsageError(
                f"{found} is {small.shape[1]}x{small.shape[0]}, but {path.name} at x{self.scale} "
                f"asks for {real.shape[1] // self.scale}x{real.shape[0] // self.scale}"
            )
        return small


def _read(path: Path) -> Picture:
    try:
        return read(path)
    except PictureError as error:
        raise UsageError(f"{path}: {error}; a mean without it would be of another set") from error


def _pixels(picture: Picture, as_luma: bool, path: Path) -> Pixels:
    if picture.rgb.dtype != np.uint8:
        raise UsageError(f"{path} has 16 bits a sample; this protocol is for 8-bit pictures")
    return np.ascontiguousarray(picture.rgb[..., 0] if as_luma else picture.rgb, np.uint8)


def _partners(paths: list[Path], high: Path, low: Path, scale: int) -> dict[Path, Path]:
    """The small picture of each full one: the same place and name, or ``0001x4`` for ``0001``."""
    found = {path.relative_to(low).with_suffix("").as_posix(): path for path in list_pictures(low, key="--lr")}
    partners = {}
    for path in paths:
        name = path.relative_to(high).with_suffix("").as_posix()
        small = found.get(name) or found.get(f"{name}x{scale}")
        if small is None:
            raise UsageError(f"{low} has no small picture for {path} (looked for {name} and {name}x{scale})")
        partners[path] = small
    return partners


def _digest(pixels: Pixels) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _joined(digests: Iterator[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:_DIGITS]
