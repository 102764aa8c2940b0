"""Files that ask for many pictures: a caption a line, or a JSON object a line."""

import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from srgan.batch.request import Unusable, Wish
from srgan.errors import NothingToDoError, UsageError
from srgan.images import format_of

__all__ = ["read_captions"]

_KEYS = ("caption", "class", "name", "seed", "count")
_MOST, _SEEDS = 10_000, 2**64
_NAME_BYTES = 200


def read_captions(source: str, usual: Wish, *, classes: bool = False) -> list[Wish | Unusable]:
    """What the lines of a file ask for, in order; empty lines are passed over.

    A line of ``.jsonl`` (or of standard input that begins with a brace) is an object with ``caption`` or ``class``,
    and perhaps ``name`` (of the files), ``seed`` and ``count``. In any other file a line is a caption.

    Args:
        source: path, or ``-`` for standard input.
        usual: seed and count of lines that say nothing about them.
        classes: lines that are no objects are names of classes, not texts.

    Raises:
        UsageError: the file cannot be read.
        NothingToDoError: it has no line.
    """
    shown = "standard input" if source == "-" else source
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {shown} with captions") from None
    except OSError as error:
        raise UsageError(f"the captions in {shown} cannot be read: {error.strerror or error}") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    objects = (
        content.lstrip().startswith(b"{") if source == "-" else Path(source).suffix.lower() in (".jsonl", ".ndjson")
    )
    wishes = list(_lines(content, shown, usual, objects=objects, classes=classes))
    if not wishes:
        raise NothingToDoError(f"there is no caption in {shown}")
    return wishes


def _lines(content: bytes, shown: str, usual: Wish, *, objects: bool, classes: bool) -> Iterator[Wish | Unusable]:
    for number, raw in enumerate(content.split(b"\n"), 1):
        if not raw.strip():
            continue
        line = f"{shown}:{number}"
        try:
            text = raw.decode().strip()
            fields = _object(text) if objects else {"class" if classes else "caption": text}
            yield _wish(fields, line, usual)
        except UnicodeDecodeError:
            yield Unusable(line, "the line is not UTF-8 text")
        except ValueError as error:
            yield Unusable(line, str(error))


def _object(text: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        ValueError: it is none, or says what is not known.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the line is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError(f"the line is no object, but {text[:40]}")
    for key in fields:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"the key {key!r} is not known{hint} (known: {', '.join(_KEYS)})")
    return fields


def _wish(fields: dict[str, Any], line: str, usual: Wish) -> Wish:
    """What an object asks for.

    Raises:
        ValueError: a value is of the wrong type or out of range.
    """
    text, label, name = (_text(fields, key) for key in ("caption", "class", "name"))
    seed = _number(fields, "seed", usual.seed, 0, _SEEDS - 1)
    count = _number(fields, "count", usual.count, 1, _MOST)
    return Wish(text, label, count, seed, None if name is None else _plain(name), line)


def _text(fields: dict[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if key == "class" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be a text, and is {json.dumps(value)[:40]}")
    return value


def _number(fields: dict[str, Any], key: str, usual: int, least: int, most: int) -> int:
    value = fields.get(key, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{key} must be a whole number from {least} to {most}, and is {json.dumps(value)[:40]}")
    return value


def _plain(name: str) -> str:
    """The name of a file inside the output folder, without the suffix of a picture."""
    plain = name.isprintable() and not set(name) & set('/\\:*?"<>|') and not name.startswith(".") and name.strip()
    if not plain or len(name.encode(errors="replace")) > _NAME_BYTES:
        raise ValueError(f"name must be that of a file in the output folder, and is {json.dumps(name)[:60]}")
    suffix = Path(name).suffix
    return Path(name).stem if suffix and format_of(suffix) else name
