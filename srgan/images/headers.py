"""What stands in the headers that Pillow does not tell: sample depth, layout of TIFF files, PNG's late EXIF."""

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from srgan.errors import PictureError
from srgan.images.picture import Format, Limits

_PLUGINS: dict[Format, tuple[str, ...]] = {"JPEG": ("JPEG", "MPO")}
_ORIENTATION = 0x0112
_MAX_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header was read and found within the limits; no pixel was decoded yet.

    Attributes:
        format: the format.
        image: Pillow's view of it; None for a TIFF layout that Pillow does not know.
        size: width and height as stored.
        deep: whether samples have more than 8 bits and must not go through Pillow.
        exif: EXIF bytes that Pillow would only find by decoding, or None.
        tiff: the layout of a TIFF file.
    """

    format: Format
    image: ImageFile.ImageFile | None
    size: tuple[int, int]
    deep: bool
    exif: bytes | None = None
    tiff: "TiffLayout | None" = None

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1 to 8."""
        try:
            value = self.tags().get(_ORIENTATION, 1)
        except Exception:  # damaged EXIF turns nothing
            return 1
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height after the orientation was applied."""
        return self.size if self.orientation < 5 else (self.size[1], self.size[0])

    @property
    def info(self) -> dict[Any, Any]:
        """Profile, XMP and resolution under the names of Pillow's ``Image.info``."""
        if self.tiff is not None:
            return self.tiff.info
        return {} if self.image is None else self.image.info

    def tags(self) -> Image.Exif:
        """The EXIF tags, as the file has them."""
        tags = Image.Exif()
        if self.tiff is not None:
            return self.tiff.exif
        if self.format != "PNG" and self.image is not None:
            return self.image.getexif()
        if self.exif is not None:
            tags.load(self.exif)
        return tags


@dataclass(frozen=True, slots=True)
class TiffLayout:
    """The tags of a TIFF file's first page that say how its samples are to be understood.

    Attributes:
        size: width and height as stored.
        bits: bits of each sample of a pixel.
        sample_format: 1 unsigned, 2 signed, 3 float.
        photometric: 0 and 1 grey, 2 RGB, 5 CMYK ...
        extra: what the samples beyond the colours are; 1 is premultiplied, 2 straight alpha.
        exif: all tags of the page, as Pillow's EXIF.
        info: profile, XMP and resolution under the names of Pillow's ``Image.info``.
    """

    size: tuple[int, int]
    bits: tuple[int, ...]
    sample_format: int
    photometric: int
    extra: tuple[int, ...]
    exif: Image.Exif
    info: dict[str, Any]

    @property
    def is_float(self) -> bool:
        """Whether samples are floating-point numbers."""
        return self.sample_format == 3

    @property
    def is_deep(self) -> bool:
        """Whether the samples are grey or RGB with 16 unsigned bits, or floats."""
        return (self.is_float and set(self.bits) <= {16, 32, 64}) or (
            set(self.bits) == {16} and self.sample_format == 1 and self.photometric in (0, 1, 2)
        )


def open_header(file: BinaryIO, format: Format, limits: Limits) -> Opened:
    """Read the header and check it against the limits.

    Raises:
        PictureError: "too_large", or "format_not_allowed" for a TIFF layout that nobody reads.
        Exception: whatever a decoder raises; to be called inside `srgan.images.boundary.decoding`.
    """
    tiff = _tiff_layout(file) if format == "TIFF" else None
    if tiff is not None:
        limits.check_input(*tiff.size)
    image: ImageFile.ImageFile | None
    try:
        image = Image.open(file, formats=_PLUGINS.get(format, (format,)))
    except UnidentifiedImageError:
        if tiff is None or not tiff.is_deep:
            if tiff is not None and min(tiff.size) > 0:
                message = f"TIFF with {tiff.bits} bits, sample format {tiff.sample_format} is not supported"
                raise PictureError("format_not_allowed", message) from None
            raise
        image = None
    size = tiff.size if tiff is not None else cast(Image.Image, image).size
    if min(size) < 1:
        raise PictureError("corrupt", f"the header says {size[0]} x {size[1]} pixels")
    limits.check_input(*size)
    exif, deep = None, False
    if format == "PNG":
        exif, deep = _scan_png(file)
    elif format == "PPM" and image is not None:
        # Pillow keeps 16 bits of grey, but only 8 of colour.
        args = image.tile[0].args
        deep = image.mode == "RGB" and isinstance(args, tuple) and int(args[1]) > 255
    elif tiff is not None:
        deep = tiff.is_deep
    return Opened(format, image, size, deep, exif, tiff)


def _scan_png(file: BinaryIO) -> tuple[bytes | None, bool]:
    """EXIF wherever it stands in the file, and whether samples have 16 bits; the position is restored."""
    position = file.tell()
    file.seek(0)
    head = file.read(33)
    deep = len(head) > 24 and head[24] == 16
    exif = None
    for _ in range(_MAX_CHUNKS):
        start = file.read(8)
        if len(start) < 8:
            break
        length, kind = struct.unpack(">I4s", start)
        if kind == b"eXIf" and length <= 1 << 20:
            exif = file.read(length)
            break
        if kind == b"IEND":
            break
        file.seek(length + 4, 1)
    file.seek(position)
    return exif, deep


def _tiff_layout(file: BinaryIO) -> TiffLayout | None:
    """The layout of the first page; None when the tags cannot be read. The position is restored."""
    try:
        file.seek(0)
        head = file.read(8)
        if head[2:4] in (b"+\0", b"\0+"):
            head += file.read(8)
        tags = TiffImagePlugin.ImageFileDirectory_v2(head)
        file.seek(_directory_offset(head))
        tags.load(file)
        bits = tags.get(258, (1,))
        exif = Image.Exif()
        exif.endian, exif.bigtiff = ("<" if head.startswith(b"II") else ">"), len(head) == 16
        exif.load_from_fp(file, _directory_offset(head))
        named = {"icc_profile": tags.get(34675), "xmp": tags.get(700), "dpi": _tiff_dpi(tags)}
        return TiffLayout(
            size=(int(tags[256]), int(tags[257])),
            bits=tuple(bits) if isinstance(bits, tuple) else (int(bits),),
            sample_format=int(min(tags.get(339, (1,)))),
            photometric=int(tags.get(262, 1)),
            extra=tuple(tags.get(338, ())),
            exif=exif,
            info={name: value for name, value in named.items() if value is not None},
        )
    except Exception:  # Pillow will say what is wrong with it
        return None
    finally:
        file.seek(0)


def _directory_offset(head: bytes) -> int:
    order = "<" if head.startswith(b"II") else ">"
    return int(struct.unpack(order + ("Q" if len(head) == 16 else "L"), head[8:] if len(head) == 16 else head[4:])[0])


def _tiff_dpi(tags: TiffImagePlugin.ImageFileDirectory_v2) -> tuple[float, float] | None:
    if 282 not in tags or 283 not in tags or tags.get(296, 2) not in (2, 3):
        return None
    unit = 1.0 if tags.get(296, 2) == 2 else 2.54
    return float(tags[282]) * unit, float(tags[283]) * unit
