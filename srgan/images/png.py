"""Writing PNG fast: the Up filter in numpy and the deflate of ISA-L, band by band, on several cores.

Measured at 30 times the speed of zlib's default level on one core, for files that are about a sixth larger. Bands are
compressed each for itself and put together into one stream, so the file does not depend on the number of cores.
"""

import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, NamedTuple

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from srgan.images.parameters import text_chunk
from srgan.images.picture import PictureInfo, Samples
from srgan.images.rows import Layout

_COLOUR_TYPES = {(True, False): 0, (False, False): 2, (True, True): 4, (False, True): 6}
_LEVEL = 1
_UP = 2
_HEADER, _NOTHING_MORE = b"\x78\x01", b"\x03\x00"
"""What a zlib stream begins with, and a last block of deflate that holds nothing."""

_ADLER = 65521
_THREADS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


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
    check, start = 1, _HEADER
    for part in _parts(rows):
        _chunk(file, b"IDAT", start + part.data)
        check, start = _adler_of_both(check, part), b""
    _chunk(file, b"IDAT", _NOTHING_MORE + struct.pack(">I", check))
    _chunk(file, b"IEND", b"")


class _Part(NamedTuple):
    """A band as blocks of deflate, with checksum and length of what they hold."""

    data: bytes
    check: int
    length: int


def _parts(rows: Iterable[Samples]) -> Iterator[_Part]:
    """The bands, compressed in several threads; a few at a time, in order."""
    waiting: deque[Future[_Part]] = deque()
    above: NDArray[np.uint8] | None = None
    with ThreadPoolExecutor(_THREADS) as threads:
        for band in rows:
            raw = _raw_bytes(band)
            waiting.append(threads.submit(_compress, raw, above))
            above = raw[-1]
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _compress(raw: NDArray[np.uint8], above: NDArray[np.uint8] | None) -> _Part:
    filtered = _filter_up(raw, above)
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(filtered) + deflate.flush(isal_zlib.Z_SYNC_FLUSH)
    return _Part(data, isal_zlib.adler32(filtered), filtered.size)


def _adler_of_both(first: int, second: _Part) -> int:
    """Adler-32 of two pieces of data one after the other (RFC 1950: two sums modulo 65521)."""
    low, high = first & 0xFFFF, first >> 16
    high += (second.check >> 16) + second.length * (low - 1)
    low += (second.check & 0xFFFF) - 1
    return (high % _ADLER) << 16 | low % _ADLER


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
