"""Which pictures of a folder are meant: lists of names, and patterns of names to leave out."""

import json
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from srgan.errors import UsageError

__all__ = ["listed_names", "name_filter"]


def name_filter(names: str | None, without: Sequence[str], *, key: str) -> Callable[[Path], bool]:
    """Whether a picture is meant, by the name of its file without the suffix.

    Args:
        names: a list as for `listed_names`; None takes all.
        without: patterns of names to leave out (``*``, ``?``, ``[ab]``), which tell upper from lower case.
        key: run-file section for messages.

    Raises:
        UsageError: the list cannot be read.
    """
    wanted = None if names is None else listed_names(names, key=key)

    def meant(path: Path) -> bool:
        if wanted is not None and path.stem not in wanted:
            return False
        return not any(fnmatchcase(path.stem, pattern) for pattern in without)

    return meant


def listed_names(names: str, *, key: str) -> set[str]:
    """The names of a list.

    Args:
        names: ``list.txt`` with a name a line, or ``file.json#key``, the list of that key of a JSON object.
        key: run-file section for messages.

    Raises:
        UsageError: it cannot be read, or is no list of names.
    """
    file, _, entry = names.partition("#") if ".json#" in names else (names, "", "")
    try:
        text = Path(file).read_text(encoding="utf-8")
        content = json.loads(text) if Path(file).suffix == ".json" else None
    except FileNotFoundError:
        raise UsageError(f"{key}.names: the file {file} is not there") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{key}.names: {file} cannot be read: {error}") from None
    if content is None:
        return {line.strip() for line in text.splitlines()} - {""}
    if not isinstance(content, dict) or entry not in content:
        there = ", ".join(content) if isinstance(content, dict) else "no object"
        raise UsageError(f"{key}.names: {file} has no list {entry!r} (there is: {there}); write {file}#name")
    listed = content[entry]
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise UsageError(f"{key}.names: {entry!r} of {file} is not a list of names")
    return set(listed)
