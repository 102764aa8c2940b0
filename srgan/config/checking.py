"""Strict checks of a run file, with messages that a newcomer can act on."""

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import ErrorDetails

from srgan.config.registry import allow_part, find_part, suggest
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
        lines = [_problem(schema, problem, _place(tables, problem["loc"], key)) for problem in error.errors()]
        raise UsageError("\n".join(f"{source}: {line}" for line in lines)) from None


def check_part(
    registry: Mapping[str, Callable[..., Any]],
    section: Mapping[str, Any],
    *,
    source: str,
    key: str,
    private: bool = False,
) -> dict[str, Any]:
    """Check a table ``kind = "name"`` plus options against the signature of the registered class or function.

    Args:
        registry: the kinds that there are.
        section: the table.
        source: the file's name, for messages.
        key: where in the file the table stands.
        private: a person wrote the table, so that its kind may be ``package.module:Name``, which is imported.

    Returns:
        The options with the defaults filled in, without ``kind``.

    Raises:
        UsageError: unknown kind, unknown option or wrong type.
    """
    options = dict(section)
    kind = options.pop("kind", None)
    if kind is None:
        raise UsageError(f"{source}: {key}.kind is missing; choose one of {', '.join(sorted(registry))}")
    place = f"{source}: {key}.kind"
    if private and isinstance(kind, str) and ":" in kind:
        allow_part(kind, key=place)
    try:
        schema = part_arguments(find_part(registry, kind, key=place))
    except (NameError, TypeError, ValueError, RuntimeError) as error:  # of a part whose signature says nothing
        raise UsageError(f"{place}: the arguments of {kind!r} cannot be read: {error}") from None
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


def _place(tables: Mapping[str, Any], path: tuple[int | str, ...], prefix: str) -> str:
    """The key of a problem; a table of a list goes by its name, where it has one: ``stage.adversarial.train``."""
    names, current = [prefix] if prefix else [], cast("Any", tables)
    for part in path:
        inside = isinstance(current, Mapping) or (isinstance(part, int) and isinstance(current, list))
        try:
            current = current[part] if inside else None
        except LookupError:  # what is missing
            current = None
        name = current.get("name") if isinstance(part, int) and isinstance(current, Mapping) else None
        names.append(name if isinstance(name, str) and re.fullmatch(r"[\w-]+", name) else str(part))
    return ".".join(names)


def _problem(schema: type[BaseModel], problem: ErrorDetails, key: str) -> str:
    kind, path, given = problem["type"], problem["loc"], problem["input"]
    start = f"{key}: " if key else ""
    if kind == "extra_forbidden":
        known = list(_model(schema, path[:-1]).model_fields)
        return f"{start}there is no such option{suggest(str(path[-1]), known)}"
    if kind == "missing":
        return f"{start}is missing and must be given"
    if kind == "value_error":
        return f"{start}{problem['ctx']['error']}"
    shown = "" if isinstance(given, dict) else f" (it is {given!r})"
    if kind in ("model_type", "dict_type"):
        example = f', such as {{kind = "{given}"}}' if kind == "dict_type" and isinstance(given, str) else ""
        return f"{start}input should be a table{example}{shown}"
    if kind == "string_pattern_mismatch":
        allowed = _model(schema, path[:-1]).model_fields[str(path[-1])].description
        return f"{start}allowed are {allowed}{shown}"
    return f"{start}{problem['msg'][0].lower()}{problem['msg'][1:]}{shown}"


def _model(schema: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel]:
    """The schema of the table at a place."""
    current: type[BaseModel] = schema
    for part in path:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[part].annotation
        nested = [annotation, *typing.get_args(annotation)]
        current = next(item for item in nested if inspect.isclass(item) and issubclass(item, BaseModel))
    return current
