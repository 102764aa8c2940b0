"""Lists of inputs in a file: paths by lines, by NUL bytes, or JSON objects by lines."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from srgan.errors import UsageError
from srgan.files.walk import Found

__all__ = ["read_manifest"]


def read_manifest(source: str | Path, root: Path | None = None) -> tuple[Found, ...]:
    """The inputs that a file lists, in its order; whether they are there is not looked at.

    A file with a NUL byte has paths that end with one (``find -print0``). One that begins with a brace has a JSON
    object a line, with ``path``, or ``path_b64`` for the bytes of a path that is no text: the report of a job is such a
    file. Any other has a path a line, as bytes, of any encoding. Empty lines are passed over; nothing is a comment.

    Args:
        source: path, or ``-`` for standard input.
        root: the folder from which relative paths count, and whose tree outputs keep; None: the current folder, and
            outputs keep nothing but the name.

    Raises:
        UsageError: it cannot be read, or a line is not what it must be.
    """
    shown = "standard input" if str(source) == "-" else repr(str(source))
    try:
        content = sys.stdin.buffer.read() if str(source) == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"the list of inputs {shown} cannot be read: {error.strerror or error}") from error
    return tuple(_found(Path(os.fsdecode(name)), root) for name in _names(content, shown))


def _names(content: bytes, shown: str) -> Iterator[bytes]:
    if b"\0" in content:
        yield from filter(None, content.split(b"\0"))
        return
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    objects = next((line for line in lines if line.strip()), b"").lstrip().startswith(b"{")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        yield _from_object(line, f"line {number} of {shown}") if objects else line.removesuffix(b"\r")


def _from_object(line: bytes, place: str) -> bytes:
    try:
        row = json.loads(line)
        coded = row.get("path_b64")
        name = os.fsencode(row["path"]) if coded is None else base64.b64decode(coded, validate=True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{place} is no JSON object with a path") from error
    if not name or b"\0" in name:
        raise UsageError(f"{place} has a path that no file can have")
    return name


def _found(path: Path, root: Path | None) -> Found:
    if root is None:
        return Found(path, None, Path(path.name))
    path = root / path
    try:
        relative = path.relative_to(root)
    except ValueError:
        return Found(path, None, Path(path.name))
    return Found(path, root, relative) if ".." not in relative.parts else Found(path, None, Path(path.name))
