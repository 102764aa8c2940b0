"""Run files: read, completed with the options of their parts, and checked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from srgan.adversarial import OBJECTIVES, PENALTIES
from srgan.config import check, check_part, load_run_file, merge
from srgan.data.degradations import DEGRADATIONS
from srgan.errors import UsageError
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS
from srgan.training.embedding_run import EmbeddingRun
from srgan.training.fitting import check_opponent, placed
from srgan.training.generation_run import GenerationRun
from srgan.training.run import STAGED, Run
from srgan.training.sections import DataSection, SourceSection, StageSection
from srgan.training.super_resolution_run import SuperResolutionRun
from srgan.training.text_to_image_run import TextToImageRun
from srgan.training.translation_run import PairedTranslationRun, UnpairedTranslationRun

__all__ = ["RUNS", "load_run"]

RUNS: dict[str, type[Run]] = {
    "generation": GenerationRun,
    "joint_embedding": EmbeddingRun,
    "paired_translation": PairedTranslationRun,
    "super_resolution": SuperResolutionRun,
    "text_to_image": TextToImageRun,
    "unpaired_translation": UnpairedTranslationRun,
}


_DERIVED = {
    "generator": {"classes": "data.classes or text.embedding"},
    "encoder": {"latent": "generator.latent"},
    "text_encoder": {"vocabulary": "the tokenizer"},
    "picture_encoder": {"embedding": "text_encoder.embedding"},
}


def load_run(path: Path, overrides: tuple[str, ...] = ()) -> Run:
    """Read and check a run file, parts included; defaults of the parts are filled in.

    Raises:
        UsageError: names the file, the key and what is expected.
    """
    source = path.name
    tables = load_run_file(path, overrides)
    kind = _kind(tables, source)
    run = check(kind, _over_common(tables, kind, source), source=source)
    updates: dict[str, Any] = {}
    for name, registry in run.parts.items():
        table = getattr(run, name)
        if table is None:
            continue
        for option, cause in _DERIVED.get(name, {}).items():
            if table.get(option):
                raise UsageError(f"{source}: {name}.{option} follows from {cause}; leave it out")
        updates[name] = _part(registry, table, source, name)
    run = run.model_copy(update=updates)
    if not run.stage:
        stage = _complete(run, run.stages[0], source, "")
        updates = {key: getattr(stage, key) for key in (*STAGED, "data")}
        updates["loss"] = updates["loss"] or None
    else:
        stages = [_complete(run, stage, source, f"stage.{stage.name}.") for stage in run.stage]
        updates = {"stage": stages, "data": _with_degradation(run.data, source, "")}
    return run.model_copy(update=updates)


def _kind(tables: dict[str, Any], source: str) -> type[Run]:
    task = tables.get("task", "super_resolution")
    if not isinstance(task, str) or task not in RUNS:
        raise UsageError(f"{source}: task: there is no {task!r}; known are {', '.join(sorted(RUNS))}")
    return RUNS[task]


def _over_common(tables: dict[str, Any], kind: type[Run], source: str) -> dict[str, Any]:
    """Lay every stage over what stands at the top."""
    stages = tables.get("stage")
    if not isinstance(stages, list) or not stages or not all(isinstance(stage, dict) for stage in stages):
        return tables
    common = {key: tables[key] for key in (*STAGED, "data") if key in tables}
    for index, stage in enumerate(stages):
        name = stage.get("name", index)
        for table, keys in kind.shared.items():
            for key in keys:
                if isinstance(stage.get(table), dict) and key in stage[table]:
                    raise UsageError(f"{source}: stage.{name}.{table}.{key} is of the whole run; set {table}.{key}")
    rest = {key: value for key, value in tables.items() if key not in STAGED}
    return {**rest, "stage": [merge(common, stage) for stage in stages]}


def _complete(run: Run, stage: StageSection, source: str, where: str) -> StageSection:
    """Check the parts of a stage and fill in their defaults."""
    losses = []
    for index, table in enumerate(stage.loss or []):
        losses.append(_part(LOSSES, table, source, f"{where}loss[{index}]", weight=1.0))
    updates: dict[str, Any] = {"loss": losses, "data": _with_degradation(stage.data, source, where)}
    if stage.adversarial is not None and stage.discriminator is not None:
        updates["discriminator"] = _part(DISCRIMINATORS, stage.discriminator, source, f"{where}discriminator")
        game = stage.adversarial
        objective = _part(OBJECTIVES, game.objective, source, f"{where}adversarial.objective")
        penalties = [
            _part(PENALTIES, table, source, f"{where}adversarial.penalty[{index}]", every=1)
            for index, table in enumerate(game.penalty)
        ]
        updates["adversarial"] = game.model_copy(update={"objective": objective, "penalty": penalties})
    completed = stage.model_copy(update=updates)
    try:
        run.check_stage(completed)
    except ValueError as error:
        raise UsageError(f"{source}: {placed(str(error), where)}") from None
    check_opponent(completed, run.opponent(completed), source=source, where=where)
    return completed


def _with_degradation(data: SourceSection, source: str, where: str) -> SourceSection:
    if not isinstance(data, DataSection) or data.degradation is None:
        return data
    table = _part(DEGRADATIONS, data.degradation, source, f"{where}data.degradation")
    return data.model_copy(update={"degradation": table})


def _part(
    registry: Mapping[str, Callable[..., Any]], table: dict[str, Any], source: str, key: str, **more: float
) -> dict[str, Any]:
    """A part's table with its defaults; `more` are options beside the part's own, factors or intervals, by default."""
    options = dict(table)
    beside = {name: options.pop(name, default) for name, default in more.items()}
    for name, default in more.items():
        value, whole = beside[name], isinstance(default, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or value < whole:
            wanted = "a whole number of at least 1" if whole else "a number of at least 0"
            raise UsageError(f"{source}: {key}.{name}: input should be {wanted} (it is {value!r})")
        beside[name] = type(default)(value)
    filled = check_part(registry, options, source=source, key=key, private=True)
    return {"kind": table["kind"], **beside, **filled}
