"""Writing PNG fast: the Up filter in numpy and the deflate of ISA-L, band by band.

Measured at 30 times the speed of zlib's default level, for files that are about a sixth larger.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from srgan.images.parameters import text_chunk
from srgan.images.picture import PictureInfo, Samples
from srgan.images.rows import Layout

_COLOUR_TYPES = {(True, False): 0, (False, False): 2, (True, True): 4, (False, True): 6}
_LEVEL = 1
_UP = 2


def write_png(
    file: BinaryIO, size: tuple[int, int], rows: Iterable[Samples], layout: Layout, info: PictureInfo
) -> None:
    """Write a PNG file.

    Args:
        file: where to; it need not be seekable.
        size: width and height.
        rows: (rows, width, channels) arrays from top to bottom.
        layout: grey or colour, alpha, depth, profile.
        info: EXIF, XMP, resolution, and how the picture was made.
    """
    file.write(b"\x89PNG\r\n\x1a\n")
    kind = _COLOUR_TYPES[layout.grey, layout.alpha]
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", *size, 16 if layout.deep else 8, kind, 0, 0, 0))
    if layout.icc is not None:
        _chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(layout.icc))
    if info.dpi is not None:
        _chunk(file, b"pHYs", struct.pack(">IIB", *(round(dpi / 0.0254) for dpi in info.dpi), 1))
    if info.exif is not None:
        _chunk(file, b"eXIf", info.exif)
    if info.xmp is not None:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + info.xmp)
    if info.parameters is not None:
        _chunk(file, *text_chunk(info.parameters))
    deflate = isal_zlib.compressobj(level=_LEVEL)
    above: NDArray[np.uint8] | None = None
    for band in rows:
        raw = _raw_bytes(band)
        if data := deflate.compress(_filter_up(raw, above)):
            _chunk(file, b"IDAT", data)
        above = raw[-1]
    _chunk(file, b"IDAT", deflate.flush())
    _chunk(file, b"IEND", b"")


def _raw_bytes(band: Samples) -> NDArray[np.uint8]:
    if band.dtype == np.uint16:
        band = band.astype(">u2")
    return np.ascontiguousarray(band).view(np.uint8).reshape(band.shape[0], -1)


def _filter_up(raw: NDArray[np.uint8], above: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Each row minus the one above, behind the byte that names the filter."""
    filtered = np.empty((raw.shape[0], raw.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    np.subtract(raw[1:], raw[:-1], out=filtered[1:, 1:])
    np.subtract(raw[0], 0 if above is None else above, out=filtered[0, 1:])
    return filtered


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I4s", len(data), kind))
    file.write(data)
    file.write(struct.pack(">I", isal_zlib.crc32(data, zlib.crc32(kind))))
