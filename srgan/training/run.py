"""The schema of a run file, assembled from the registries."""

import functools
import hashlib
import inspect
import json
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field, model_validator
from torch import nn

from srgan.config import Section, check, check_part, expand, load_run_file
from srgan.data import PairPaths, pair_by_name
from srgan.data.degradations import DEGRADATIONS
from srgan.images import list_pictures
from srgan.losses import LOSSES
from srgan.networks import GENERATORS, Generator
from srgan.tasks import WeightedLoss

__all__ = ["Run", "find_pairs", "load_run", "make_generator", "make_losses"]


class DataSection(Section):
    """Where the training pairs come from and how crops are cut."""

    high: Path = Field(description="folder of full pictures")
    low: Path | None = Field(None, description="folder of small pictures; absent: made by MATLAB-exact bicubic")
    degradation: dict[str, Any] | None = Field(
        None, description="how small pictures are made anew in every step; absent: bicubic, once, in advance"
    )
    cache: Path | None = Field(None, description="folder for memory-mapped pairs; absent: all in memory")
    patch: int = Field(48, ge=8, description="side of a crop, LR pixels")
    texture: float = Field(1.0, ge=0, description="0: crops anywhere alike; 1: more often where there is texture")
    augment: bool = Field(True, description="flips and rotations")
    workers: int = Field(1, ge=1, le=64, description="threads that prepare batches")
    licence: str = Field("unknown", description="what the pictures allow, travels with the model")

    @model_validator(mode="after")
    def _one_origin(self) -> "DataSection":
        if self.low is not None and self.degradation is not None:
            raise ValueError("give either low, a folder of small pictures, or degradation, which makes them")
        return self


class TrainSection(Section):
    """Length, optimiser and arithmetic."""

    steps: int = Field(gt=0)
    batch: int = Field(16, gt=0, description="pairs a step")
    optimiser: Literal["adam", "adamw"] = "adam"
    lr: float = Field(1e-3, gt=0, description="learning rate after the warm-up")
    final_lr: float = Field(1e-6, ge=0, description="learning rate at the last step (cosine)")
    warmup: int = Field(0, ge=0, description="steps of linear warm-up")
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = Field(0.0, ge=0)
    clip: float | None = Field(None, gt=0, description="largest norm of the gradient")
    ema: float = Field(0.999, ge=0, lt=1, description="decay of the averaged weights; 0: the last weights")
    precision: Literal["fp32", "bf16"] = "fp32"
    device: Literal["auto", "cpu", "cuda"] = "auto"


class ValidationSection(Section):
    """Pictures that are measured during the training."""

    high: Path
    low: Path | None = None
    every: int = Field(1000, gt=0, description="steps between two measurements")
    limit: int | None = Field(None, gt=0, description="use the first pictures only")
    crop: int | None = Field(None, gt=0, description="measure only the centre, at most this many HR pixels a side")
    images: int = Field(4, ge=0, description="pictures shown in TensorBoard")
    lpips: bool = Field(False, description="measure LPIPS (AlexNet) too; needs AlexNet's weights")


class CheckpointSection(Section):
    """How often the state is saved."""

    every: int = Field(1000, gt=0, description="steps between two checkpoints")
    keep: int = Field(3, gt=0, description="newest checkpoints that are kept")


class Run(Section):
    """One training, complete."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    task: Literal["super_resolution"] = "super_resolution"
    seed: int = Field(0, ge=0)
    licence: str = Field("unknown", description="licence of the trained model")
    output: Path = Field(Path("experiments"), description="folder that gets a sub-folder with the run's name")
    log_every: int = Field(100, gt=0, description="steps between two progress lines")
    generator: dict[str, Any]
    loss: list[dict[str, Any]] = Field(min_length=1)
    data: DataSection
    train: TrainSection
    validation: ValidationSection | None = None
    checkpoint: CheckpointSection = Field(default_factory=lambda: CheckpointSection.model_validate({}))

    @model_validator(mode="after")
    def _sensible(self) -> "Run":
        if self.train.warmup >= self.train.steps:
            raise ValueError(f"train.warmup ({self.train.warmup}) must be below train.steps ({self.train.steps})")
        return self

    @property
    def folder(self) -> Path:
        """Where everything of this run goes."""
        return expand(self.output, key="output") / self.name

    def resolved(self) -> str:
        """The complete run as JSON text, as it travels with every model: without where its output goes."""
        tables = self.model_dump(mode="json", exclude={"output": True, "data": {"cache"}})
        return json.dumps(tables, sort_keys=True)

    def fingerprint(self) -> str:
        """sha256 of what decides the result: everything but the places on this machine and the frequency of reports.

        Options left at their defaults do not count, so that a later version with more options continues a training.
        """
        without: dict[str, Any] = dict.fromkeys(("output", "log_every", "checkpoint", "validation"), True)
        without |= {"data": {"high", "low", "cache", "workers"}, "train": {"device"}}
        tables = self.model_dump(mode="json", exclude_defaults=True, exclude=without)
        return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def load_run(path: Path, overrides: tuple[str, ...] = ()) -> Run:
    """Read and check a run file, parts included; defaults of the parts are filled in.

    Raises:
        UsageError: names the file, the key and what is expected.
    """
    run = check(Run, load_run_file(path, overrides), source=path.name)
    generator = check_part(GENERATORS, run.generator, source=path.name, key="generator")
    losses = []
    for index, table in enumerate(run.loss):
        options = dict(table)
        weight = options.pop("weight", 1.0)
        filled = check_part(LOSSES, options, source=path.name, key=f"loss[{index}]")
        losses.append({"kind": table["kind"], "weight": float(weight), **filled})
    updates: dict[str, Any] = {"generator": {"kind": run.generator["kind"], **generator}, "loss": losses}
    if run.data.degradation is not None:
        filled = check_part(DEGRADATIONS, run.data.degradation, source=path.name, key="data.degradation")
        degradation = {"kind": run.data.degradation["kind"], **filled}
        updates["data"] = run.data.model_copy(update={"degradation": degradation})
    return run.model_copy(update=updates)


def make_generator(table: dict[str, Any]) -> Generator:
    """The network of a checked ``[generator]`` table."""
    options = dict(table)
    return GENERATORS[options.pop("kind")](**options)


def make_losses(tables: list[dict[str, Any]], device: torch.device) -> list[WeightedLoss]:
    """The terms of checked ``[[loss]]`` tables; networks among them are moved to `device`.

    Raises:
        UsageError: the weights of a feature network are not to be had.
    """
    losses = []
    for index, table in enumerate(tables):
        options: dict[str, Any] = {
            name: expand(value, key=f"loss[{index}].{name}") if isinstance(value, Path) else value
            for name, value in table.items()
        }
        kind, weight = options.pop("kind"), options.pop("weight")
        part = LOSSES[kind]
        function: Any = part(**options) if inspect.isclass(part) else functools.partial(part, **options)
        if isinstance(function, nn.Module):
            function.to(device)
        losses.append(WeightedLoss(kind, function, weight))
    return losses


def find_pairs(high: Path, low: Path | None, *, scale: int, key: str) -> list[PairPaths]:
    """The pictures of the folders of a ``[data]`` or ``[validation]`` table.

    Args:
        high: folder of full pictures, as written.
        low: folder of small ones; None leaves them to be made.
        scale: of the generator.
        key: the table's name.

    Raises:
        UsageError: a folder is absent or empty, a picture has no partner, or a variable is not set.
    """
    high = expand(high, key=f"{key}.high")
    if low is None:
        return [PairPaths(path, None) for path in list_pictures(high, key=f"{key}.high")]
    return pair_by_name(high, expand(low, key=f"{key}.low"), scale=scale, key=key)
