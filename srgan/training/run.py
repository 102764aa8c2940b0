"""The schema of a run file, assembled from the registries."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from srgan.adversarial import OBJECTIVES, PENALTIES
from srgan.config import Section, check, check_part, expand, load_run_file, merge
from srgan.data.degradations import DEGRADATIONS
from srgan.errors import UsageError
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS, GENERATORS
from srgan.training.fitting import check_opponent
from srgan.training.sections import (
    AdversarialSection,
    CheckpointSection,
    DataSection,
    InitSection,
    SafetySection,
    StageSection,
    TrainSection,
    ValidationSection,
    check_players,
)

__all__ = ["Run", "load_run"]

_STAGED = ("loss", "train", "discriminator", "adversarial")
_PARTS = ("generator", "loss", "discriminator", "degradation", "objective", "penalty")
_WHOLE_RUN = {"data": ("high", "low", "cache", "licence"), "train": ("device",)}


class Run(Section):
    """One training, complete.

    A run of one stage has its tables at the top. With ``[[stage]]`` tables, what stands at the top is what the stages
    have in common: each stage's tables are laid over it.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="letters, digits, and between them . - _")
    task: Literal["super_resolution"] = "super_resolution"
    seed: int = Field(0, ge=0)
    licence: str = Field("unknown", description="licence of the trained model")
    output: Path = Field(Path("experiments"), description="folder that gets a sub-folder with the run's name")
    log_every: int = Field(100, gt=0, description="steps between two progress lines")
    init: InitSection | None = None
    generator: dict[str, Any]
    loss: list[dict[str, Any]] | None = Field(None, min_length=1)
    data: DataSection
    train: TrainSection | None = None
    discriminator: dict[str, Any] | None = None
    adversarial: AdversarialSection | None = None
    stage: list[StageSection] = Field([], description="what is done one after the other")
    validation: ValidationSection | None = None
    checkpoint: CheckpointSection = Field(default_factory=lambda: CheckpointSection.model_validate({}))
    safety: SafetySection = Field(default_factory=lambda: SafetySection.model_validate({}))

    @model_validator(mode="after")
    def _sensible(self) -> "Run":
        if not self.stage:
            for key in ("loss", "train"):
                if getattr(self, key) is None:
                    raise ValueError(f"{key} is missing and must be given, here or in [[stage]] tables")
            check_players(self.discriminator, self.adversarial, self.train)
        names = [stage.name for stage in self.stage]
        if len(set(names)) < len(names):
            raise ValueError(f"the names of the stages must differ, they are {', '.join(names)}")
        if self.init is not None and self.init.stage is not None and self.init.stage not in names:
            raise ValueError(
                f"init.stage: there is no stage {self.init.stage!r}; there are {', '.join(names) or 'none'}"
            )
        if self.checkpoint.best and self.validation is None:
            raise ValueError("checkpoint.best needs a [validation] table")
        if self.checkpoint.metric == "lpips" and self.validation is not None and not self.validation.lpips:
            raise ValueError("checkpoint.metric is lpips; set validation.lpips = true, so that it is measured")
        return self

    @property
    def stages(self) -> list[StageSection]:
        """What is done one after the other."""
        if self.stage:
            return self.stage
        tables = {key: getattr(self, key) for key in (*_STAGED, "data")}
        return [StageSection.model_validate({"name": "train", **tables})]

    @property
    def steps(self) -> int:
        """Length of all stages together."""
        return sum(stage.train.steps for stage in self.stages)

    @property
    def device(self) -> str:
        """Where to train: ``auto``, ``cpu`` or ``cuda``."""
        return self.stages[0].train.device

    @property
    def folder(self) -> Path:
        """Where everything of this run goes."""
        return expand(self.output, key="output") / self.name

    def resolved(self) -> str:
        """The complete run as JSON text, as it travels with every model: without where its output goes."""
        places = {"cache"}
        exclude: dict[str, Any] = {"output": True, "data": places, "stage": {"__all__": {"data": places}}}
        return json.dumps(self.model_dump(mode="json", exclude=exclude), sort_keys=True)

    def fingerprint(self) -> str:
        """sha256 of what decides the result: everything but the places on this machine and the frequency of reports.

        Options left at their defaults, and options of parts that are switched off, do not count, so that a later
        version with more options continues a training.
        """
        places: dict[str, Any] = {"data": {"high", "low", "cache", "workers"}, "train": {"device"}}
        without: dict[str, Any] = dict.fromkeys(("output", "log_every", "checkpoint", "validation", "safety"), True)
        without |= {**places, "init": {"weights"}, "stage": {"__all__": places}}
        tables = self.model_dump(mode="json", exclude_defaults=True, exclude=without)
        return hashlib.sha256(json.dumps(_counted(tables), sort_keys=True).encode()).hexdigest()


def _counted(value: Any, *, part: bool = False) -> Any:  # noqa: ANN401 - JSON
    """The tables without what is None or False in those of parts: these are filled in, and get new options, off."""
    if isinstance(value, dict):
        return {
            key: _counted(item, part=part or key in _PARTS)
            for key, item in value.items()
            if not (part and (item is None or item is False))
        }
    return [_counted(item, part=part) for item in value] if isinstance(value, list) else value


def load_run(path: Path, overrides: tuple[str, ...] = ()) -> Run:
    """Read and check a run file, parts included; defaults of the parts are filled in.

    Raises:
        UsageError: names the file, the key and what is expected.
    """
    source = path.name
    tables = _over_common(load_run_file(path, overrides), source)
    run = check(Run, tables, source=source)
    generator = _part(GENERATORS, run.generator, source, "generator")
    if not run.stage:
        stage = _complete(run.stages[0], source, "")
        updates = {key: getattr(stage, key) for key in (*_STAGED, "data")}
    else:
        stages = [_complete(stage, source, f"stage.{stage.name}.") for stage in run.stage]
        updates = {"stage": stages, "data": _with_degradation(run.data, source, "")}
    return run.model_copy(update={"generator": generator, **updates})


def _over_common(tables: dict[str, Any], source: str) -> dict[str, Any]:
    """Lay every stage over what stands at the top."""
    stages = tables.get("stage")
    if not isinstance(stages, list) or not stages or not all(isinstance(stage, dict) for stage in stages):
        return tables
    common = {key: tables[key] for key in (*_STAGED, "data") if key in tables}
    for index, stage in enumerate(stages):
        name = stage.get("name", index)
        for table, keys in _WHOLE_RUN.items():
            for key in keys:
                if isinstance(stage.get(table), dict) and key in stage[table]:
                    raise UsageError(f"{source}: stage.{name}.{table}.{key} is of the whole run; set {table}.{key}")
    rest = {key: value for key, value in tables.items() if key not in _STAGED}
    return {**rest, "stage": [merge(common, stage) for stage in stages]}


def _complete(stage: StageSection, source: str, where: str) -> StageSection:
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
    check_opponent(completed, source=source, where=where)
    return completed


def _with_degradation(data: DataSection, source: str, where: str) -> DataSection:
    if data.degradation is None:
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
    filled = check_part(registry, options, source=source, key=key)
    return {"kind": table["kind"], **beside, **filled}
