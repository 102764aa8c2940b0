"""EXIF, XMP and resolution: what is kept of them, and what must change because the picture changed."""

import math
import re

from PIL import Image

MAX_XMP_BYTES = 1 << 20
MAX_EXIF_BYTES = 1 << 20

_ORIENTATION = 0x0112
_EXIF_IFD = 0x8769
_GPS_IFD = 0x8825
_WIDTH, _HEIGHT = 0xA002, 0xA003

# Tags that describe how a TIFF file stores its samples, and what has a place of its own: never copied.
_STRUCTURE = frozenset(
    {
        *(*range(254, 260), 262, 266, 273, *range(277, 285), *range(288, 294), 296, 297, 301, *range(317, 326), 330),
        *(*range(332, 335), *range(336, 343), 347, *range(512, 522), *range(529, 533), 700, 33723, 34377, 34675),
        *(37724, 50838, 50839),
    }
)


def clean_exif(tags: Image.Exif, *, keep_gps: bool) -> bytes | None:
    """EXIF as a TIFF structure: upright, without thumbnail, without storage tags, without position unless kept."""
    kept = Image.Exif()
    kept.endian = tags.endian or "<"
    for tag, value in tags.items():
        if tag not in _STRUCTURE and tag not in (_ORIENTATION, _EXIF_IFD, _GPS_IFD):
            kept[tag] = value
    if _ORIENTATION in tags:
        kept[_ORIENTATION] = 1
    if details := tags.get_ifd(_EXIF_IFD):
        kept.get_ifd(_EXIF_IFD).update(details)
    if keep_gps and (position := tags.get_ifd(_GPS_IFD)):
        kept.get_ifd(_GPS_IFD).update(position)
    if not kept and not kept.get_ifd(_EXIF_IFD) and not kept.get_ifd(_GPS_IFD):
        return None
    data = kept.tobytes().removeprefix(b"Exif\0\0")
    return data if len(data) <= MAX_EXIF_BYTES else None


def resized_exif(exif: bytes, width: int, height: int) -> bytes:
    """The same EXIF with the picture's own size where it stated one."""
    tags = Image.Exif()
    tags.load(exif)
    details = tags.get_ifd(_EXIF_IFD)
    if _WIDTH not in details and _HEIGHT not in details:
        return exif
    details[_WIDTH], details[_HEIGHT] = width, height
    return tags.tobytes().removeprefix(b"Exif\0\0")


def clean_xmp(xmp: bytes | str, *, keep_gps: bool) -> bytes | None:
    """An XMP packet that says upright and, unless kept, nothing of the position; None when that cannot be had."""
    data = xmp.encode() if isinstance(xmp, str) else xmp
    if not data.strip(b"\0 \n") or len(data) > MAX_XMP_BYTES:
        return None
    data = re.sub(rb"(tiff:Orientation\s*=\s*)([\"'])\d+\2", rb"\1\g<2>1\2", data)
    data = re.sub(rb"(<tiff:Orientation>)\s*\d+\s*(</tiff:Orientation>)", rb"\g<1>1\2", data)
    if not keep_gps:
        data = re.sub(rb"\s[\w.-]+:GPS\w*\s*=\s*(\"[^\"]*\"|'[^']*')", b"", data)
        data = re.sub(rb"(?s)<([\w.-]+:GPS\w*)(\s[^>]*)?(/>|>.*?</\1\s*>)", b"", data)
        if b"GPS" in data.replace(b"\0", b""):  # an unusual notation, or UTF-16: better none than a position
            return None
    return data


def clean_dpi(value: object) -> tuple[float, float] | None:
    """Horizontal and vertical pixels per inch, or None when the file says nothing sensible."""
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    try:
        x, y = float(value[0]), float(value[1])
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if all(math.isfinite(v) and 0.01 < v < 1e6 for v in (x, y)) else None
