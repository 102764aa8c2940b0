"""What every run file says, whatever its task is."""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from srgan.config import Section, expand
from srgan.training.sections import (
    AdversarialSection,
    CheckpointSection,
    InitSection,
    MeasurementSection,
    SafetySection,
    SourceSection,
    StageSection,
    TrainSection,
    check_players,
)

__all__ = ["STAGED", "Run"]

STAGED = ("loss", "train", "discriminator", "adversarial")
"""Tables that a stage may have of its own, besides ``data``."""
_NETWORKS = ("generator", "encoder", "text_encoder", "picture_encoder", "discriminator")
_PARTS = (*_NETWORKS, "loss", "degradation", "objective", "penalty")


class Run(Section):
    """One training, complete; each task has a sub-class.

    A run of one stage has its tables at the top. With ``[[stage]]`` tables, what stands at the top is what the stages
    have in common: each stage's tables are laid over it.

    Attributes:
        parts: the registries of the tables that describe the networks of the generator's side, by the tables' names.
        stage_type: schema of its stages.
        shared: keys of tables that stages cannot have of their own.
        needed: tables that a run of one stage must have.
        derived: options of networks that follow from the rest of the run.
    """

    parts: ClassVar[Mapping[str, Mapping[str, Callable[..., Any]]]]
    stage_type: ClassVar[type[StageSection]]
    shared: ClassVar[Mapping[str, tuple[str, ...]]]
    needed: ClassVar[tuple[str, ...]] = ("loss", "train")
    derived: ClassVar[tuple[str, ...]] = ("condition_channels", "classes", "code")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="letters, digits, and between them . - _")
    task: str
    seed: int = Field(0, ge=0)
    licence: str = Field("unknown", description="licence of the trained model")
    output: Path = Field(Path("experiments"), description="folder that gets a sub-folder with the run's name")
    log_every: int = Field(100, gt=0, description="steps between two progress lines")
    init: InitSection | None = None
    loss: list[dict[str, Any]] | None = Field(None, min_length=1)
    data: SourceSection
    train: TrainSection | None = None
    discriminator: dict[str, Any] | None = None
    adversarial: AdversarialSection | None = None
    stage: Sequence[StageSection] = Field([], description="what is done one after the other")
    validation: MeasurementSection | None = None
    checkpoint: CheckpointSection = Field(default_factory=lambda: CheckpointSection.model_validate({}))
    safety: SafetySection = Field(default_factory=lambda: SafetySection.model_validate({}))

    @model_validator(mode="after")
    def _sensible(self) -> "Run":
        if not self.stage:
            for key in self.needed:
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
        return self

    @property
    def stages(self) -> Sequence[StageSection]:
        """What is done one after the other."""
        if self.stage:
            return self.stage
        tables = {key: getattr(self, key) for key in (*STAGED, "data")}
        given = {key: table for key, table in tables.items() if table is not None}
        return [self.stage_type.model_validate({"name": "train", **given})]

    @abstractmethod
    def opponent(self, stage: StageSection) -> dict[str, int]:
        """Options of a stage's discriminator that follow from the rest of the run."""

    def check_stage(self, stage: StageSection) -> None:
        """Refuse what this task cannot do.

        Raises:
            ValueError: names the keys, as they stand in the stage.
        """

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
        tables = self.model_dump(mode="json", exclude=exclude)
        if self.init is not None and self.init.weights.is_absolute():
            tables["init"]["weights"] = self.init.weights.name  # the folders of a machine stay there
        return json.dumps(tables, sort_keys=True)

    def fingerprint(self) -> str:
        """sha256 of what decides the result: everything but the places on this machine and the frequency of reports.

        Options left at their defaults, and options of parts that are switched off, do not count, so that a later
        version with more options continues a training.
        """
        local = {"high", "low", "cache", "pictures", "source", "target", "captions", "root", "names", "workers"}
        reading = {"encoder", "tokenizer"}
        places: dict[str, Any] = {"data": local, "train": {"device"}}
        without: dict[str, Any] = dict.fromkeys(("output", "log_every", "checkpoint", "validation", "safety"), True)
        without |= {**places, "text": reading, "init": {"weights"}, "stage": {"__all__": places}}
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
