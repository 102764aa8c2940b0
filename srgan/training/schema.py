"""The run file as a JSON Schema, for editors that complete and check TOML."""

from collections.abc import Callable, Mapping
from typing import Any

from srgan.adversarial import OBJECTIVES, PENALTIES
from srgan.config import PRIVATE, part_arguments
from srgan.data.degradations import DEGRADATIONS
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS
from srgan.training.loading import RUNS
from srgan.training.run import Run

__all__ = ["run_schema"]


def run_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a run file, with the options of every registered part.

    ``required`` is left out at the top level, because a file may get its keys from another one by ``extends``. What
    `task` says decides about the other keys.
    """
    definitions: dict[str, Any] = {}
    others = {task: _task_schema(run, definitions) for task, run in RUNS.items()}
    schema = others.pop("super_resolution")
    for task, other in others.items():
        asked = {"properties": {"task": {"const": task}}, "required": ["task"]}
        schema = {"if": asked, "then": other, "else": schema}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "srgan run file"}
    return {**head, "$defs": definitions, **schema}


def _task_schema(run: type[Run], definitions: dict[str, Any]) -> dict[str, Any]:
    """The keys of one task; tables in them go to the definitions."""
    schema = run.model_json_schema()
    definitions |= schema.pop("$defs")
    schema.pop("required", None)
    properties = schema["properties"]
    properties["extends"] = {"type": "string", "description": "another run file that this one changes"}
    for name, registry in run.parts.items():
        properties[name] = _choice(registry, {}, definitions)
    stage = definitions[run.stage_type.__name__]
    # A stage takes what it lacks from the top of the file.
    stage["required"] = ["name"]
    losses = _choice(LOSSES, {"weight": _number(1.0, "factor of the term")}, definitions)
    discriminator = _choice(DISCRIMINATORS, {}, definitions)
    for tables in (properties, stage["properties"]):
        tables["loss"] = {"type": "array", "items": losses}
        tables["discriminator"] = discriminator
    for part in (*(properties[name] for name in run.parts), discriminator):
        for table in part["oneOf"]:
            for name in run.derived:  # they follow from the rest of the file
                table["properties"].pop(name, None)
    game = definitions["AdversarialSection"]["properties"]
    game["objective"] = {"anyOf": [{"enum": sorted(OBJECTIVES)}, _choice(OBJECTIVES, {}, definitions)]}
    every = {"every": {"type": "integer", "minimum": 1, "default": 1, "description": "computed in every n-th step"}}
    game["penalty"] = {"type": "array", "items": _choice(PENALTIES, every, definitions)}
    if "DataSection" in definitions:
        degradation = definitions["DataSection"]["properties"]["degradation"]
        degradation["anyOf"] = [_choice(DEGRADATIONS, {}, definitions), {"type": "null"}]
    for name in ("DataSection", "PicturesSection", "TrainSection", "TranslationSection", *_CAPTIONS):
        # Needed in the end, but a stage or the top of the file may leave them to the other.
        definitions.get(name, {}).pop("required", None)
    return schema


_CAPTIONS = ("CaptionsSection", "EmbeddingDataSection")


def _number(default: float, description: str) -> dict[str, Any]:
    return {"type": "number", "minimum": 0, "default": default, "description": description}


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
    # The options of a part of one's own are not known here.
    own = {"kind": {"type": "string", "pattern": PRIVATE, "description": "a part of one's own: package.module:Name"}}
    parts.append({"title": "package.module:Name", "properties": {**own, **more}, "required": ["kind"]})
    return {"oneOf": parts}
