"""The page that the server shows: a few static files, read once; no other file is ever served."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGE", "PageFile"]

_MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
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


def _read(path: Path) -> PageFile:
    data = path.read_bytes()
    return PageFile(data, _MEDIA[path.suffix], f'"{hashlib.sha256(data).hexdigest()[:16]}"')


PAGE: dict[str, PageFile] = {
    path.name: _read(path) for path in sorted(Path(__file__).parent.iterdir()) if path.suffix in _MEDIA
}
"""The files by the last part of their address."""
