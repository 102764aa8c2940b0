"""The page that the server shows: a few static files, read once; no other file is ever served."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGE", "PageFile"]

_MEDIA = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """One file.

    Attributes:
        data: its bytes.
        media: its media type.
        etag: changes with its bytes.
    """

    data: bytes
    media: str
    etag: str


def _read(name: str) -> PageFile:
    data = Path(__file__).with_name(name).read_bytes()
    return PageFile(data, _MEDIA[name], f'"{hashlib.sha256(data).hexdigest()[:16]}"')


PAGE: dict[str, PageFile] = {name: _read(name) for name in _MEDIA}
"""The files by the last part of their address."""
