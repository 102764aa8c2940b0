"""The formats: names, suffixes, and what their files begin with."""

import os
import re
import stat
from pathlib import Path

from srgan.errors import PictureError
from srgan.images.picture import Format

FORMATS: dict[str, Format] = {
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".gif": "GIF",
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".pbm": "PPM",
    ".pgm": "PPM",
    ".png": "PNG",
    ".pnm": "PPM",
    ".ppm": "PPM",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""Suffix -> format, for reading and for writing."""

_USUAL: dict[Format, str] = {
    "AVIF": ".avif",
    "BMP": ".bmp",
    "GIF": ".gif",
    "JPEG": ".jpg",
    "PNG": ".png",
    "PPM": ".ppm",
    "TIFF": ".tif",
    "WEBP": ".webp",
}

# Pictures by name that are refused: a person must hear of them, other files are simply not meant.
_REFUSED_SUFFIXES = re.compile(
    r"\.(ai|apng|arw|cr[23]|dds|dng|eps|exr|fits|hdr|hei[cf]|ico|icns|j2k|jp2|jxl|mvg|nef|orf|pcx|pfm|ps|psd|raw|rw2"
    r"|svgz?|tga|[ew]mf|xcf|x[bp]m)"
)

_SNIFF_BYTES = 1024


def format_of(name: str | Path) -> Format | None:
    """The format that belongs to a name's suffix or to a format's own name ("png", ".jpg", "JPEG", "a/b.tif")."""
    text = str(name).lower()
    return FORMATS.get(Path(text).suffix) or FORMATS.get(text if text.startswith(".") else "." + text)


def suffix_for(format: Format, name: str | Path = "") -> str:
    """The suffix for a file of that format: the one that `name` has if it fits, else the usual one."""
    suffix = Path(name).suffix
    return suffix if FORMATS.get(suffix.lower()) == format else _USUAL[format]


def has_picture_suffix(name: str | Path) -> bool:
    """Whether a name promises a picture, of an allowed format or not (then a failure is worth a message)."""
    suffix = Path(name).suffix.lower()
    return suffix in FORMATS or _REFUSED_SUFFIXES.fullmatch(suffix) is not None


def sniff(path: str | Path) -> Format | None:
    """The format by the first bytes of a file; None when it is none of ours. Never blocks on pipes and devices.

    Raises:
        PictureError: the file cannot be opened ("permission", "vanished", "not_regular").
    """
    descriptor = open_regular(path)
    try:
        return sniff_bytes(os.read(descriptor, _SNIFF_BYTES))
    except OSError as error:
        raise PictureError("vanished", f"cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)


def open_regular(path: str | Path) -> int:
    """Open a regular file for reading and give its descriptor; pipes and devices are refused without blocking.

    Raises:
        PictureError: "permission", "vanished" or "not_regular".
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        descriptor = os.open(path, flags)
    except (IsADirectoryError, ValueError) as error:
        raise PictureError("not_regular", "not a regular file") from error
    except PermissionError as error:
        raise PictureError("permission", "no permission to read the file") from error
    except OSError as error:
        code = "not_regular" if error.errno in (6, 40) else "vanished"  # ENXIO: a socket; ELOOP: a link to itself
        raise PictureError(code, f"cannot be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PictureError("not_regular", "not a regular file")
    return descriptor


def sniff_bytes(head: bytes) -> Format | None:
    """The format by the first bytes (32 are enough); None when it is none of ours."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return "AVIF"
    if head[4:8] == b"ftyp" and b"avif" in head[16 : max(16, min(int.from_bytes(head[:4], "big"), 64))]:
        return "AVIF"  # major brand "mif1" with AVIF among the compatible ones
    if head.startswith(b"BM") and head[14:15] in (b"\x0c", b"\x28", b"\x40", b"\x34", b"\x38", b"\x6c", b"\x7c"):
        return "BMP"
    if re.match(rb"P[1-6][\s#]", head):
        return "PPM"
    return None


_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (rb"8BPS", "PSD"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "EPS"),
    (rb"%PDF", "PDF"),
    (rb"(?s:(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE svg).*)", "SVG or XML"),
    (rb"(?s:.*push graphic-context)", "MVG"),
    (rb"SIMPLE  =", "FITS"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL"),
    (rb"(?s:....ftyp(hei|hev|mif1|msf1))", "HEIC"),
    (rb"\0\0[\x01\x02]\0", "ICO"),
    (rb"DDS ", "DDS"),
    (rb"BLP[12]", "BLP"),
    (rb"v/1\x01", "OpenEXR"),
    (rb"P[fF7]\s", "PFM or PAM"),
    (rb"gimp xcf", "XCF"),
)


def foreign_format(head: bytes) -> str | None:
    """The name of a known picture format that is not allowed, by the first bytes."""
    return next((name for pattern, name in _FOREIGN if re.match(pattern, head)), None)
