"""Writing TIFF with 8 or 16 bits, strip by strip: deflate with horizontal differences, EXIF, XMP, ICC, resolution.

Pillow cannot write 16-bit colour and libvips no EXIF; the tags are serialised by Pillow.
"""

import struct
from collections.abc import Iterable
from typing import Any, BinaryIO

from isal import isal_zlib
from PIL import Image, TiffImagePlugin, TiffTags
from PIL.TiffImagePlugin import IFDRational

from srgan.images.picture import PictureInfo, Samples
from srgan.images.rows import Layout

_CLASSIC_BYTES = 3_500_000_000  # offsets have 32 bits in the classic format
_LEVEL = 1
_STRIP_OFFSETS = 273


def write_tiff(
    file: BinaryIO, size: tuple[int, int], rows: Iterable[Samples], layout: Layout, info: PictureInfo
) -> None:
    """Write a TIFF file (BigTIFF when it could pass 4 GB).

    Args:
        file: where to; seekable.
        size: width and height.
        rows: (rows, width, channels) arrays from top to bottom, all of one height except the last.
        layout: grey or colour, alpha, depth, profile.
        info: EXIF, XMP and resolution.
    """
    start = file.tell()
    big = size[0] * size[1] * layout.channels * (2 if layout.deep else 1) > _CLASSIC_BYTES
    head = b"II+\0\x08\0\0\0" + bytes(8) if big else b"II*\0" + bytes(4)
    file.write(head)
    offsets, lengths, height = [], [], 0
    for band in rows:
        height = height or band.shape[0]
        different = band.copy()
        different[:, 1:] -= band[:, :-1]
        data = isal_zlib.compress(different.astype(different.dtype.newbyteorder("<"), copy=False), level=_LEVEL)
        offsets.append(file.tell() - start)
        lengths.append(len(data))
        file.write(data)
    if file.tell() % 2:
        file.write(b"\0")
    place = file.tell() - start
    tags = TiffImagePlugin.ImageFileDirectory_v2(head)
    _describe(tags, size, layout, info)
    for tag, values in ((_STRIP_OFFSETS, [0] * len(offsets)), (279, lengths)):
        tags.tagtype[tag] = TiffTags.LONG8 if big else TiffTags.LONG
        tags[tag] = tuple(values)
    tags[278] = height
    directory = bytearray(tags.tobytes(place))
    _set_offsets(directory, place, offsets, big)
    file.write(directory)
    end = file.tell()
    file.seek(start + (8 if big else 4))
    file.write(struct.pack("<Q" if big else "<I", place))
    file.seek(end)


def _set_offsets(directory: bytearray, place: int, offsets: list[int], big: bool) -> None:
    """Write the strips' offsets into a serialised directory: Pillow takes them as relative to its end."""
    count, first, entry = ("<Q", 8, "<HHQQ") if big else ("<H", 2, "<HHLL")
    (entries,) = struct.unpack_from(count, directory)
    for position in range(first, first + entries * struct.calcsize(entry), struct.calcsize(entry)):
        tag, _, number, value = struct.unpack_from(entry, directory, position)
        if tag == _STRIP_OFFSETS:
            inline = position + struct.calcsize(entry) - (8 if big else 4)
            target = inline if number == 1 else value - place
            struct.pack_into(f"<{number}{'Q' if big else 'L'}", directory, target, *offsets)


def _describe(
    tags: TiffImagePlugin.ImageFileDirectory_v2, size: tuple[int, int], layout: Layout, info: PictureInfo
) -> None:
    if info.exif is not None:
        exif = Image.Exif()
        exif.load(info.exif)
        for tag, value in exif.items():
            tags[tag] = value
        for group in (0x8769, 0x8825):
            if details := exif.get_ifd(group):
                tags[group] = dict(details)
    tags[256], tags[257] = size
    tags[258] = (16 if layout.deep else 8,) * layout.channels
    tags[259] = 8  # deflate
    tags[262] = 1 if layout.grey else 2
    tags[277] = layout.channels
    tags[284] = 1  # samples of a pixel together
    tags[317] = 2  # horizontal differences
    tags[339] = (1,) * layout.channels
    if layout.alpha:
        tags[338] = 2  # straight alpha
    if info.dpi is not None:
        tags[282], tags[283] = (IFDRational(round(dpi * 1000), 1000) for dpi in info.dpi)
        tags[296] = 2  # per inch
    blobs: tuple[tuple[int, Any, int], ...] = (
        (700, info.xmp, TiffTags.BYTE),
        (34675, layout.icc, TiffTags.UNDEFINED),
    )
    for tag, blob, kind in blobs:
        if blob is not None:
            tags.tagtype[tag] = kind
            tags[tag] = blob
