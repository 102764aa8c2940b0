"""From the name of a kind to the part: one of a registry's, or a private one that somebody asked for by its place."""

import difflib
import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from srgan.errors import UsageError

__all__ = ["PRIVATE", "allow_part", "find_part", "suggest"]

Part = TypeVar("Part", bound=Callable[..., Any])

PRIVATE = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
"""How the place of a private part is written: ``package.module:Name``."""

_allowed: dict[str, Any] = {}
"""The private parts that this process was asked for, by a run file or on the command line."""


def allow_part(kind: str, *, key: str) -> None:
    """Import a private part, so that `find_part` gives it from now on.

    Importing runs the code of a module. Only what a person wrote may ask for it, a run file or a command, and never
    what a model file says.

    Args:
        kind: ``package.module:Name``.
        key: what asked, for messages.

    Raises:
        UsageError: it is not written so, or cannot be imported.
    """
    if not re.fullmatch(PRIVATE, kind):
        raise UsageError(f"{key}: a part of your own is written package.module:Name (it is {kind!r})")
    place, _, name = kind.partition(":")
    try:
        module = importlib.import_module(place)
    except Exception as error:  # whatever that module does when it is imported
        words = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"{key}: the module {place!r} cannot be imported ({words}); install it, or name its folder in PYTHONPATH"
        ) from error
    part = getattr(module, name, None)
    if not callable(part):
        raise UsageError(f"{key}: the module {place!r} has no class or function {name!r}")
    _allowed[kind] = part


def find_part(registry: Mapping[str, Part], kind: object, *, key: str) -> Part:
    """The part of that kind.

    Args:
        registry: the kinds that there are.
        kind: one of them, or the place of a private part that `allow_part` was given before.
        key: where the kind stands, for messages.

    Raises:
        UsageError: there is none, or the private part is of another type than those of the registry.
    """
    if isinstance(kind, str) and kind in registry:
        return registry[kind]
    if not isinstance(kind, str) or not re.fullmatch(PRIVATE, kind):
        raise UsageError(f"{key}: there is no {kind!r}{suggest(str(kind), list(registry))}")
    if kind not in _allowed:
        raise UsageError(
            f"{key}: {kind!r} is a part of somebody's own, and no file of weights may have code imported; if you "
            f"trust that module, ask for it: --part {kind} (srgan export, srgan models interpolate)"
        )
    part: Part = _allowed[kind]
    common = _common(registry)
    if common is not None and not (inspect.isclass(part) and issubclass(part, common)):
        raise UsageError(f"{key}: {kind!r} is no {common.__module__.partition('.')[0]} {common.__name__}")
    return part


def suggest(word: str, known: list[str]) -> str:
    """The end of a message about an unknown word: the nearest one, and all that there are."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"{hint} Known: {', '.join(sorted(known))}"


def _common(registry: Mapping[str, Callable[..., Any]]) -> type | None:
    """The class of this project that all parts of a registry are derived from, if there is one."""
    parts = list(registry.values())
    if not parts or not all(inspect.isclass(part) for part in parts):
        return None
    first: Any = parts[0]
    shared = (one for one in first.__mro__ if all(issubclass(part, one) for part in parts))  # type: ignore[arg-type]
    return next((one for one in shared if one.__module__.startswith("srgan.")), None)
