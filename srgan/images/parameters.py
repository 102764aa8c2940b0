"""How a picture was made, as text in its file: where other programs that make pictures write it and look for it.

In PNG it is a text chunk with the keyword ``parameters``, as the AUTOMATIC1111 web interface writes it; in JPEG, WebP,
AVIF and TIFF the EXIF tag UserComment, likewise. BMP, GIF and PPM have no usual place.
"""

import struct
from pathlib import Path

from PIL import Image

from srgan.images.picture import Format

__all__ = ["COMMENTED", "commented_exif", "read_parameters", "text_chunk"]

COMMENTED: frozenset[Format] = frozenset({"JPEG", "WEBP", "AVIF", "TIFF"})
"""Formats that hold the text in EXIF."""

_KEYWORD = "parameters"
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_UNICODE = b"UNICODE\0"


def text_chunk(text: str) -> tuple[bytes, bytes]:
    """Name and content of a PNG chunk: tEXt, or iTXt (UTF-8) for what Latin-1 cannot say."""
    try:
        return b"tEXt", _KEYWORD.encode() + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        return b"iTXt", _KEYWORD.encode() + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def commented_exif(exif: bytes | None, text: str) -> bytes:
    """EXIF as a TIFF structure with the text as its UserComment.

    In UTF-16 with the first byte the highest one, as piexif has it, in whichever order EXIF's own numbers are.
    """
    tags = Image.Exif()
    if exif is None:
        tags.endian = ">"
    else:
        tags.load(exif)
    tags.get_ifd(_EXIF_IFD)[_USER_COMMENT] = _UNICODE + text.encode("utf-16-be", "replace")
    return tags.tobytes().removeprefix(b"Exif\0\0")


def read_parameters(path: Path) -> str | None:
    """The text in a file; None when there is none, or the file is no picture. Pixels are not looked at.

    Raises:
        OSError: the file is not there or must not be read.
    """
    with path.open("rb") as file:
        try:
            with Image.open(file) as image:
                text = image.info.get(_KEYWORD)
                comment = None if isinstance(text, str) else image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT)
        except (OSError, ValueError, SyntaxError, TypeError, struct.error, Image.DecompressionBombError):
            return None  # whatever a damaged file makes Pillow stumble over
    if isinstance(text, str):
        return text
    if not isinstance(comment, bytes) or not comment.startswith(_UNICODE):
        return None
    return comment.removeprefix(_UNICODE).decode("utf-16-be", "replace")
