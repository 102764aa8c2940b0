"""The run file as a JSON Schema, for editors that complete and check TOML."""

from collections.abc import Callable, Mapping
from typing import Any

from srgan.config import part_arguments
from srgan.data.degradations import DEGRADATIONS
from srgan.losses import LOSSES
from srgan.networks import GENERATORS
from srgan.training.run import Run

__all__ = ["run_schema"]


def run_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a run file, with the options of every registered part.

    ``required`` is left out at the top level, because a file may get its keys from another one by ``extends``.
    """
    schema = Run.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "srgan run file"
    schema.pop("required", None)
    properties = schema["properties"]
    properties["extends"] = {"type": "string", "description": "another run file that this one changes"}
    definitions = schema["$defs"]
    properties["generator"] = _choice(GENERATORS, {}, definitions)
    weight = {"weight": {"type": "number", "default": 1.0, "description": "factor of the term"}}
    properties["loss"] |= {"items": _choice(LOSSES, weight, definitions)}
    degradation = definitions["DataSection"]["properties"]["degradation"]
    degradation["anyOf"] = [_choice(DEGRADATIONS, {}, definitions), {"type": "null"}]
    return schema


def _choice(
    registry: Mapping[str, Callable[..., Any]], more: dict[str, Any], definitions: dict[str, Any]
) -> dict[str, Any]:
    """``kind`` plus the options of that part, for each part of a registry; tables in parts go to the definitions."""
    parts = []
    for kind, part in sorted(registry.items()):
        options = part_arguments(part).model_json_schema()
        summary = (part.__doc__ or kind).strip().splitlines()[0]
        definitions |= options.pop("$defs", {})
        options["title"] = kind
        options["description"] = summary
        options["properties"] = {"kind": {"const": kind}, **more, **options.get("properties", {})}
        options["required"] = ["kind", *options.get("required", [])]
        parts.append(options)
    return {"oneOf": parts}
