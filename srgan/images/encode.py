"""Writing a picture in any of the formats, with what the format can keep."""

import dataclasses
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from srgan.errors import PictureError, UsageError
from srgan.files import atomic_write, begin_writing
from srgan.images.formats import format_of
from srgan.images.metadata import resized_exif
from srgan.images.parameters import COMMENTED, commented_exif
from srgan.images.picture import Format, Picture, PictureInfo, Samples, check_output
from srgan.images.png import write_png
from srgan.images.rows import Banded, Layout, bands, layout_for
from srgan.images.tiff import write_tiff

DEFAULT_QUALITY: dict[Format, int] = {"JPEG": 95, "WEBP": 90, "AVIF": 85}
"""Quality of the formats that lose something; 100 makes WebP lossless."""

_BEHIND = 16 * 1024 * 1024
"""So many bytes of a picture that comes in bands are given to the disk at a time."""

_JPEG_SEGMENT = 65_000  # EXIF and XMP must fit into one segment each


def save(
    picture: Picture | Banded,
    path: str | Path,
    *,
    format: Format | None = None,
    quality: int | None = None,
    keep_metadata: bool = True,
) -> tuple[str, ...]:
    """Write a picture; the file is there completely or not at all.

    Args:
        picture: what to write; one in bands is used up.
        path: where to.
        format: the format; None takes it from the suffix.
        quality: 1 to 100 for JPEG, WebP (100: lossless) and AVIF; None takes 95, 90 and 85.
        keep_metadata: write EXIF, XMP, resolution, and how the picture was made. The colour profile is always kept
            where the format can.

    Returns:
        What was lost, in words.

    Raises:
        PictureError: "output_too_large_for_format" or "oom".
        OutputError: the file cannot be written.
        UsageError: an unknown suffix, or a quality out of range.
    """
    format = format or format_of(Path(path).suffix)
    if format is None:
        raise UsageError(f"no picture format belongs to the name {Path(path).name!r}")
    _check(picture, format, quality)
    with atomic_write(path) as file:
        if isinstance(picture, Banded):
            picture = dataclasses.replace(picture, bands=_written_behind(picture.bands, file))
        return encode(picture, file, format, quality=quality, keep_metadata=keep_metadata)


def encode(
    picture: Picture | Banded, file: BinaryIO, format: Format, *, quality: int | None = None, keep_metadata: bool = True
) -> tuple[str, ...]:
    """Write a picture into an open, seekable file; otherwise like `save`."""
    _check(picture, format, quality)
    layout = layout_for(picture, format)
    notes = list(layout.notes)
    if quality is not None and format not in DEFAULT_QUALITY:
        notes.append(f"{format} is lossless: the quality has no effect")
    info = picture.info if keep_metadata else PictureInfo(format)
    if info.exif is not None:
        info = dataclasses.replace(info, exif=resized_exif(info.exif, picture.width, picture.height))
    if info.parameters is not None and format in COMMENTED:
        info = dataclasses.replace(info, exif=commented_exif(info.exif, info.parameters))
    elif info.parameters is not None and format != "PNG":
        notes.append(f"{format} has no place for how the picture was made; PNG has")
    size = (picture.width, picture.height)
    try:
        if format == "PNG":
            write_png(file, size, bands(picture, layout), layout, info)
        elif format == "TIFF":
            write_tiff(file, size, bands(picture, layout), layout, info)
        elif format == "PPM":
            _write_ppm(file, picture, layout)
        else:
            samples = np.concatenate(list(bands(picture, layout)))
            buffer = io.BytesIO()  # Pillow's own writing to files hides why it failed
            _PILLOW[format](buffer, samples, layout, info, quality or DEFAULT_QUALITY.get(format, 0), notes)
            file.write(buffer.getbuffer())
    except MemoryError:
        raise PictureError("oom", f"not enough memory to write {size[0]} x {size[1]} pixels") from None
    return tuple(notes)


def _written_behind(bands: Iterable[Samples], file: BinaryIO) -> Iterator[Samples]:
    """The bands; what was made of them goes to the disk meanwhile."""
    start = 0
    for band in bands:
        yield band
        if file.tell() - start >= _BEHIND:
            start = begin_writing(file, start)


def _check(picture: Picture | Banded, format: Format, quality: int | None) -> None:
    check_output(picture.width, picture.height, format)
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError(f"quality must lie between 1 and 100, not {quality}")


def _write_ppm(file: BinaryIO, picture: Picture | Banded, layout: Layout) -> None:
    kind, largest = b"P5" if layout.grey else b"P6", 65535 if layout.deep else 255
    file.write(b"%s\n%d %d\n%d\n" % (kind, picture.width, picture.height, largest))
    for band in bands(picture, layout):
        file.write(band.astype(">u2" if layout.deep else "u1", copy=False).tobytes())


def _image(samples: Samples) -> Image.Image:
    return Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)


def _kept(info: PictureInfo, layout: Layout, largest: int, notes: list[str]) -> dict[str, Any]:
    """Pillow's arguments for metadata, each at most so long."""
    arguments: dict[str, Any] = {}
    exif = None if info.exif is None else b"Exif\0\0" + info.exif
    for name, data in (("exif", exif), ("xmp", info.xmp)):
        if data is not None and len(data) > largest:
            notes.append(f"{name.upper()} of {len(data)} bytes is too long for the format: dropped")
        elif data is not None:
            arguments[name] = data
    if layout.icc is not None:
        arguments["icc_profile"] = layout.icc
    return arguments


def _write_jpeg(
    file: BinaryIO, samples: Samples, layout: Layout, info: PictureInfo, quality: int, notes: list[str]
) -> None:
    kept = _kept(info, layout, _JPEG_SEGMENT, notes)
    if info.dpi is not None:
        kept["dpi"] = info.dpi
    _image(samples).save(file, "JPEG", quality=quality, subsampling="4:4:4", **kept)


def _write_webp(
    file: BinaryIO, samples: Samples, layout: Layout, info: PictureInfo, quality: int, notes: list[str]
) -> None:
    lossless = quality == 100  # then the number means effort, and the default effort is meant
    kept = _kept(info, layout, 1 << 24, notes)
    _image(samples).save(
        file, "WEBP", quality=75 if lossless else quality, lossless=lossless, method=4, exact=lossless, **kept
    )


def _write_avif(
    file: BinaryIO, samples: Samples, layout: Layout, info: PictureInfo, quality: int, notes: list[str]
) -> None:
    subsampling = "4:0:0" if layout.grey else "4:4:4"
    kept = _kept(info, layout, 1 << 24, notes)
    _image(samples).save(file, "AVIF", quality=quality, subsampling=subsampling, **kept)


def _write_bmp(
    file: BinaryIO, samples: Samples, layout: Layout, info: PictureInfo, quality: int, notes: list[str]
) -> None:
    kept = {} if info.dpi is None else {"dpi": info.dpi}
    _image(samples).save(file, "BMP", **kept)


def _write_gif(
    file: BinaryIO, samples: Samples, layout: Layout, info: PictureInfo, quality: int, notes: list[str]
) -> None:
    if layout.grey and not layout.alpha:
        _image(samples).save(file, "GIF")
        return
    notes.append("GIF holds 256 colours and no half transparency: reduced; PNG would keep them")
    colours = samples[..., :-1] if layout.alpha else samples
    rgb = np.repeat(colours, 3, axis=2) if layout.grey else np.ascontiguousarray(colours)
    image = Image.fromarray(rgb).quantize(255, method=Image.Quantize.MEDIANCUT)
    if not layout.alpha:
        image.save(file, "GIF")
        return
    indices = np.array(image)
    indices[samples[..., -1] < 128] = 255
    seen = Image.fromarray(indices)
    palette = (image.getpalette() or [])[: 255 * 3]
    seen.putpalette(palette + [0] * (768 - len(palette)))
    seen.save(file, "GIF", transparency=255, optimize=False)


_PILLOW: dict[Format, Callable[[BinaryIO, Samples, Layout, PictureInfo, int, list[str]], None]] = {
    "AVIF": _write_avif,
    "BMP": _write_bmp,
    "GIF": _write_gif,
    "JPEG": _write_jpeg,
    "WEBP": _write_webp,
}
