"""Strict checks of a run file, with messages that a newcomer can act on."""

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import ErrorDetails

from srgan.errors import UsageError

__all__ = ["Section", "check", "check_part", "part_arguments"]

Schema = TypeVar("Schema", bound=BaseModel)


class Section(BaseModel):
    """A table of the run file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def check(schema: type[Schema], tables: Mapping[str, Any], *, source: str, key: str = "") -> Schema:
    """Check tables against a schema.

    Args:
        schema: the expected keys and types.
        tables: what the run file says.
        source: the file's name, for messages.
        key: where in the file the tables stand.

    Raises:
        UsageError: all problems at once, each with its key path and, for a misspelt key, the nearest name.
    """
    try:
        return schema.model_validate(tables)
    except ValidationError as error:
        lines = [_problem(schema, problem, key) for problem in error.errors()]
        raise UsageError("\n".join(f"{source}: {line}" for line in lines)) from None


def check_part(
    registry: Mapping[str, Callable[..., Any]], section: Mapping[str, Any], *, source: str, key: str
) -> dict[str, Any]:
    """Check a table ``kind = "name"`` plus options against the signature of the registered class or function.

    Returns:
        The options with the defaults filled in, without ``kind``.

    Raises:
        UsageError: unknown kind, unknown option or wrong type.
    """
    options = dict(section)
    kind = options.pop("kind", None)
    if kind is None:
        raise UsageError(f"{source}: {key}.kind is missing; choose one of {', '.join(sorted(registry))}")
    if kind not in registry:
        raise UsageError(f"{source}: {key}.kind: there is no {kind!r}{_suggest(str(kind), list(registry))}")
    schema = part_arguments(registry[kind])
    return check(schema, options, source=source, key=key).model_dump()


def part_arguments(part: Callable[..., Any]) -> type[BaseModel]:
    """A schema made of the keyword-only arguments of a class or function: the signature is the schema."""
    target = part.__init__ if inspect.isclass(part) else part
    hints = typing.get_type_hints(target, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(target).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (hints[name], default)
    return create_model(getattr(part, "__name__", "Part"), __base__=Section, **fields)


def _problem(schema: type[BaseModel], problem: ErrorDetails, prefix: str) -> str:
    path = [*([prefix] if prefix else []), *problem["loc"]]
    key = ".".join(str(part) for part in path) or "run file"
    if problem["type"] == "extra_forbidden":
        known = _known_keys(schema, problem["loc"][:-1])
        return f"{key}: there is no such option{_suggest(str(path[-1]), known)}"
    if problem["type"] == "missing":
        return f"{key}: is missing and must be given"
    shown = "" if isinstance(problem["input"], dict) else f" (it is {problem['input']!r})"
    return f"{key}: {problem['msg'][0].lower()}{problem['msg'][1:]}{shown}"


def _known_keys(schema: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    current: Any = schema
    for part in path:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[part].annotation
        nested = [annotation, *typing.get_args(annotation)]
        current = next(item for item in nested if inspect.isclass(item) and issubclass(item, BaseModel))
    return list(current.model_fields)


def _suggest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"{hint} Known: {', '.join(sorted(known))}"
