"""A picture as the samples that a file will hold, band by band, so that large pictures are never copied whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from srgan.files import release
from srgan.images import colour
from srgan.images.picture import Format, Picture, PictureInfo, Samples

_BAND_BYTES = 1 << 20

_GREY: frozenset[Format] = frozenset({"PNG", "JPEG", "TIFF", "BMP", "GIF", "AVIF", "PPM"})
_ALPHA: frozenset[Format] = frozenset({"PNG", "TIFF", "WEBP", "AVIF", "GIF"})
_DEEP: frozenset[Format] = frozenset({"PNG", "TIFF", "PPM"})
_PROFILED: frozenset[Format] = frozenset({"PNG", "JPEG", "TIFF", "WEBP", "AVIF"})


BANDED: frozenset[Format] = frozenset({"PNG", "TIFF", "PPM"})
"""Formats that are written band by band; the others need the whole picture at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Banded:
    """An opaque picture that is never whole in memory: it comes once, from top to bottom.

    Attributes:
        width: in pixels.
        height: in pixels.
        dtype: uint8 or uint16.
        grey: whether it is to be written with one channel.
        info: what the file shall say besides its pixels.
        bands: ``(rows, width, 3)`` arrays, of a grey picture ``(rows, width)``, each of `band_height` rows except the
            last.
    """

    width: int
    height: int
    dtype: np.dtype[np.generic]
    grey: bool = False
    info: PictureInfo = field(default_factory=PictureInfo)
    bands: Iterable[Samples] = ()

    @property
    def alpha(self) -> None:
        """There is none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is written in a format.

    Attributes:
        grey: one colour channel instead of three.
        alpha: an alpha channel follows.
        deep: 16 bits a sample instead of 8.
        icc: the profile to embed, to which the colours are converted; None writes sRGB.
        notes: what is lost.
    """

    grey: bool
    alpha: bool
    deep: bool
    icc: bytes | None
    notes: tuple[str, ...]

    @property
    def channels(self) -> int:
        """Samples a pixel."""
        return (1 if self.grey else 3) + self.alpha


def layout_for(picture: Picture | Banded, format: Format) -> Layout:
    """Choose the layout that keeps as much of the picture as the format can hold."""
    grey = picture.grey and format in _GREY
    deep = picture.dtype == np.uint16
    notes = []
    if deep and format not in _DEEP:
        notes.append(f"{format} holds 8 bits: reduced from 16")
    if picture.alpha is not None and format not in _ALPHA:
        notes.append(f"{format} holds no transparency: flattened on white")
    return Layout(
        grey=grey,
        alpha=picture.alpha is not None and format in _ALPHA,
        deep=deep and format in _DEEP,
        icc=_profile_for(picture, format, grey),
        notes=tuple(notes),
    )


def band_height(picture: Picture | Banded, format: Format) -> int:
    """Rows of the bands in which a picture is written: about a megabyte."""
    return _band_height(picture.width, layout_for(picture, format))


def _band_height(width: int, layout: Layout) -> int:
    return max(1, _BAND_BYTES // (width * layout.channels * (2 if layout.deep else 1)))


def bands(picture: Picture | Banded, layout: Layout) -> Iterator[Samples]:
    """The picture from top to bottom as (rows, width, channels) arrays of about a megabyte."""
    if isinstance(picture, Banded):
        for band in picture.bands:
            colours = band if band.ndim == 3 else np.broadcast_to(band[..., None], (*band.shape, 3))
            yield _as_written(colours, None, layout)
        return
    rows = _band_height(picture.width, layout)
    for top in range(0, picture.height, rows):
        alpha = None if picture.alpha is None else np.asarray(picture.alpha[top : top + rows])
        yield _as_written(np.asarray(picture.rgb[top : top + rows]), alpha, layout)
        release(picture.rgb)
        release(picture.alpha)


def _as_written(colours: Samples, alpha: Samples | None, layout: Layout) -> Samples:
    if layout.grey:
        colours = colours[..., :1]
    if alpha is not None and not layout.alpha:
        colours = _flatten(colours, alpha)
    if layout.icc is not None and not colour.is_srgb(layout.icc):
        if layout.grey:
            colours = colour.grey_from_srgb(colours, layout.icc)
        else:
            colours = colour.convert(np.ascontiguousarray(colours), colour.srgb_profile(), layout.icc)
    if layout.alpha and alpha is not None:
        colours = np.concatenate([colours, alpha[..., None]], axis=2)
    if colours.dtype == np.uint16 and not layout.deep:
        colours = _reduce(colours)
    return np.ascontiguousarray(colours)


def _profile_for(picture: Picture | Banded, format: Format, grey: bool) -> bytes | None:
    icc = picture.info.icc
    if icc is None or format not in _PROFILED:
        return None
    kind = colour.profile_kind(icc)
    if kind == "grey":
        return icc if grey else None
    if kind == "rgb":  # PNG forbids colour profiles on grey pictures
        return None if grey and format == "PNG" else icc
    return None


def _flatten(colours: Samples, alpha: Samples) -> Samples:
    full = np.uint32(np.iinfo(colours.dtype).max)
    weight = alpha[..., None].astype(np.uint32)
    mixed = colours * weight + full * (full - weight)
    return ((mixed + full // 2) // full).astype(colours.dtype)


def _reduce(samples: NDArray[np.uint8 | np.uint16]) -> NDArray[np.uint8]:
    return ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
