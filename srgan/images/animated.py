"""Writing animations frame by frame: every frame is encoded as a picture of its own and put into the container.

Only one frame is in memory. Frames are whole pictures that replace what was seen before.
"""

import dataclasses
import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from srgan.images.encode import encode
from srgan.images.frames import Frame
from srgan.images.picture import Format, Picture

__all__ = ["AnimationWriter"]


class AnimationWriter:
    """Writes the frames of one animation into a seekable file; `finish` completes it."""

    def __init__(self, file: BinaryIO, format: Format, *, quality: int | None = None) -> None:
        """Begin.

        Args:
            file: empty, open for writing and seekable.
            format: GIF, PNG or WEBP.
            quality: as for `srgan.images.encode`.
        """
        self._file, self._format, self._quality = file, format, quality
        self._count = self._sequence = 0
        self._counted_at = 0
        self._plays = 0

    def add(self, frame: Frame) -> tuple[str, ...]:
        """Write the next frame, all of one size; returns what was lost, in words.

        Raises:
            PictureError: as `srgan.images.encode`.
        """
        picture = _with_alpha(frame.picture)
        still = io.BytesIO()
        notes = encode(picture, still, self._format, quality=self._quality, keep_metadata=self._count == 0)
        self._plays = frame.plays
        size = picture.width, picture.height
        if self._format == "PNG":
            self._add_png(still.getvalue(), size, frame.milliseconds)
        elif self._format == "WEBP":
            self._add_webp(still.getvalue(), size, frame.milliseconds)
        else:
            self._add_gif(still.getvalue(), size, frame.milliseconds)
        self._count += 1
        return notes

    def finish(self) -> None:
        """Complete the file."""
        file = self._file
        if self._format == "PNG":
            _chunk(file, b"IEND", b"")
            file.seek(self._counted_at)
            _chunk(file, b"acTL", struct.pack(">II", self._count, self._plays))
        elif self._format == "WEBP":
            length = file.tell()
            file.seek(4)
            file.write(struct.pack("<I", length - 8))
        else:
            file.write(b";")

    def _add_png(self, still: bytes, size: tuple[int, int], milliseconds: int) -> None:
        control = struct.pack(">IIIIHHBB", *size, 0, 0, min(milliseconds, 65535), 1000, 0, 0)
        placed = False
        if not self._count:
            self._file.write(still[:8])
        for kind, data in _png_chunks(still):
            if kind == b"IDAT":
                if not placed:
                    placed = True
                    if not self._count:
                        self._counted_at = self._file.tell()
                        _chunk(self._file, b"acTL", bytes(8))
                    _chunk(self._file, b"fcTL", self._next() + control)
                if self._count:
                    _chunk(self._file, b"fdAT", self._next() + data)
                else:
                    _chunk(self._file, b"IDAT", data)
            elif not self._count and kind != b"IEND":
                _chunk(self._file, kind, data)

    def _next(self) -> bytes:
        self._sequence += 1
        return struct.pack(">I", self._sequence - 1)

    def _add_webp(self, still: bytes, size: tuple[int, int], milliseconds: int) -> None:
        chunks = dict(_riff_chunks(still))
        place = _three(size[0] - 1) + _three(size[1] - 1)
        if not self._count:
            kept = [(kind, chunks[kind]) for kind in (b"ICCP",) if kind in chunks]
            self._file.write(b"RIFF\0\0\0\0WEBP")
            _riff(self._file, b"VP8X", struct.pack("<I", 0x12 | (0x20 if kept else 0)) + place)
            for kind, data in kept:
                _riff(self._file, kind, data)
            _riff(self._file, b"ANIM", struct.pack("<IH", 0, min(self._plays, 65535)))
        frame = io.BytesIO()
        # "Do not blend": what was seen before is replaced, transparency too.
        frame.write(bytes(6) + place + _three(min(milliseconds, 2**24 - 1)) + b"\2")
        for kind in (b"ALPH", b"VP8 ", b"VP8L"):
            if kind in chunks:
                _riff(frame, kind, chunks[kind])
        _riff(self._file, b"ANMF", frame.getvalue())

    def _add_gif(self, still: bytes, size: tuple[int, int], milliseconds: int) -> None:
        if not self._count:
            self._file.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0x70, 0, 0))
            if self._plays != 1:
                repeats = min(max(0, self._plays - 1), 65535)
                self._file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repeats) + b"\0")
        palette, shape, transparent, pixels = _gif_parts(still)
        # Every frame is taken away before the next one, whose clear pixels would show it.
        flags = 2 << 2 | (transparent is not None)
        hundredths = min(round(milliseconds / 10), 65535)
        self._file.write(b"!\xf9\x04" + struct.pack("<BHB", flags, hundredths, transparent or 0) + b"\0")
        self._file.write(b"," + struct.pack("<HHHHB", 0, 0, *size, 0x80 | shape) + palette + pixels)


def _with_alpha(picture: Picture) -> Picture:
    """The same kind of picture for every frame: in colour, with transparency, 8 bits."""
    alpha = picture.alpha
    if alpha is None:
        alpha = np.full(picture.rgb.shape[:2], np.iinfo(picture.rgb.dtype).max, picture.rgb.dtype)
    return dataclasses.replace(picture, alpha=alpha, grey=False)


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def _png_chunks(still: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(still):
        (length,) = struct.unpack_from(">I", still, place)
        yield still[place + 4 : place + 8], still[place + 8 : place + 8 + length]
        place += 12 + length


def _riff(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2))


def _riff_chunks(still: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place < len(still):
        (length,) = struct.unpack_from("<I", still, place + 4)
        yield still[place : place + 4], still[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _gif_parts(still: bytes) -> tuple[bytes, int, int | None, bytes]:
    """Palette, flags of its size and of the order of rows, transparent index, and compressed pixels of one picture."""
    flags, place = still[10], 13
    palette, bits = b"", 0
    if flags & 0x80:
        bits = flags & 7
        palette = still[place : place + 3 * (2 << bits)]
        place += len(palette)
    transparent: int | None = None
    while still[place] == 0x21:
        if still[place + 1] == 0xF9 and still[place + 3] & 1:
            transparent = still[place + 6]
        place = _after_blocks(still, place + 2)
    own, place = still[place + 9], place + 10
    order = own & 0x40  # of the rows: interlaced, or from top to bottom
    if own & 0x80:
        bits = own & 7
        palette = still[place : place + 3 * (2 << bits)]
        place += len(palette)
    return palette, order | bits, transparent, still[place : _after_blocks(still, place + 1)]


def _after_blocks(still: bytes, place: int) -> int:
    while still[place]:
        place += 1 + still[place]
    return place + 1
