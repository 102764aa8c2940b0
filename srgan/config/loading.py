"""Reading a run file: TOML with one parent, overrides from the command line, environment variables in paths."""

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from srgan.errors import UsageError

__all__ = ["expand", "load_run_file", "merge"]

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def load_run_file(path: Path, overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Read a run file into plain tables.

    ``extends = "other.toml"`` (relative to the file) takes another file as the base: tables merge, later values win,
    lists replace, and a table over a list of tables changes those that it names (see `merge`).

    Args:
        path: the TOML file.
        overrides: ``"section.key=value"``, the value in TOML syntax (a bare word is a string).

    Raises:
        UsageError: absent or malformed file, circular ``extends``, or malformed override.
    """
    tables = _load(path, [])
    for override in overrides:
        tables = _over(tables, _override(override), f"--set {override}")
    return tables


def merge(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """`top` over `base`: tables merge recursively, everything else is replaced.

    A table over a list of tables changes those that it names, by ``name``, ``kind`` or place from 0:
    ``[stage.adversarial.train]`` over ``[[stage]]``.

    Raises:
        UsageError: the list has no such table.
    """
    merged = dict(base)
    for key, value in top.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            # A part of another kind has other options: its table replaces the parent's.
            other_kind = "kind" in value and value["kind"] != merged[key].get("kind")
            merged[key] = value if other_kind else merge(merged[key], value)
        elif isinstance(value, dict) and isinstance(merged.get(key), list):
            merged[key] = _merge_list(key, merged[key], value)
        else:
            merged[key] = value
    return merged


def _merge_list(key: str, base: list[Any], top: dict[str, Any]) -> list[Any]:
    names = [item.get("name", item.get("kind")) if isinstance(item, dict) else None for item in base]
    changed = list(base)
    for name, value in top.items():
        place = names.index(name) if name in names else int(name) if name.isdigit() else len(base)
        if place >= len(base):
            known = ", ".join(str(known or place) for place, known in enumerate(names)) or "none"
            raise UsageError(f"{key}.{name}: there is no such table; there are {known}")
        both = isinstance(value, dict) and isinstance(changed[place], dict)
        changed[place] = merge(changed[place], value) if both else value
    return changed


def expand(path: Path, *, key: str) -> Path:
    """Put the environment variables into a path of a run file: ``${PICTURES}/train``.

    This is done where a path is used, so that the run which travels with a model is what its author wrote and names no
    folder of the machine that it ran on.

    Args:
        path: as written.
        key: where it stands in the run file.

    Raises:
        UsageError: a variable is not set.
    """

    def variable(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise UsageError(f"{key}: the environment variable {name} is not set; export {name}=... first")
        return os.environ[name]

    return Path(_VARIABLE.sub(variable, str(path))).expanduser()


def _load(path: Path, children: list[Path]) -> dict[str, Any]:
    resolved = path.resolve()
    if resolved in children:
        circle = " -> ".join(p.name for p in [*children, resolved])
        raise UsageError(f"{path}: extends goes round in a circle: {circle}")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        wanted = f" (named by extends in {children[-1].name})" if children else ""
        raise UsageError(f"the run file {path} is not there{wanted}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not a readable TOML file: {error}") from None
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    if not isinstance(parent, str):
        raise UsageError(f"{path}: extends must be the name of one file, in quotes")
    return _over(_load(path.parent / parent, [*children, resolved]), tables, path.name)


def _over(base: dict[str, Any], top: dict[str, Any], source: str) -> dict[str, Any]:
    try:
        return merge(base, top)
    except UsageError as error:
        raise UsageError(f"{source}: {error}") from None


def _override(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key.strip()):
        raise UsageError(f"--set {text!r}: write it as section.key=value, for example --set train.batch=8")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    for part in reversed(key.strip().split(".")):
        parsed = {part: parsed}
    return dict(parsed)
