"""Tiny trainings, and what came out of them."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from srgan.data import Batch
from srgan.training import Trainer, load_run, read_checkpoint
from srgan.training.adversary import Adversary

Game = Callable[..., Trainer]
FEW_FILES = ("checkpoint.every=1000", "checkpoint.keep=100", "log_every=1")


def make_trainer(run_file: Path, output: Path, *overrides: str) -> Trainer:
    """A trainer that logs every step and saves at the start and at the end of every stage, unless told otherwise."""
    return Trainer(load_run(run_file, (f"output={output}", *FEW_FILES, *overrides)))


def advance(trainer: Trainer, steps: int) -> None:
    """Some steps of the present stage."""
    section = trainer.stage.section
    source = trainer.feeding.batches(section, section.data.patch_at(1.0)).iterate(
        trainer.feeding.position(trainer.stage.index, trainer.stage_step * trainer.stage.draws)
    )
    for _ in range(steps):
        trainer.train_step(source)
    source.close()


def log(trainer: Trainer) -> list[dict[str, Any]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in trainer.history.log.read_text().splitlines()]


def weights(module: torch.nn.Module) -> dict[str, Tensor]:
    """A copy of a network's weights."""
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


def everything(checkpoint: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint: averaged weights as ``average.*``, and what an exact continuation needs."""
    read = read_checkpoint(checkpoint)
    return {**{f"average.{name}": tensor for name, tensor in read.model.items()}, **read.tensors}


def distance(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """The largest difference of two sets of tensors of the same names."""
    assert one.keys() == other.keys()
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


def stop_after(trainer: Trainer, steps: int) -> None:
    """Let SIGTERM come in the step of this number, counted from 1."""
    count, step = iter(range(1, 1000)), trainer.train_step

    def interrupted(source: Iterator[Batch]) -> dict[str, float]:
        if next(count) == steps:
            signal.raise_signal(signal.SIGTERM)
        return step(source)

    trainer.train_step = interrupted  # type: ignore[method-assign]


def adversary(trainer: Trainer) -> Adversary:
    """The discriminator's side of a trainer that is in an adversarial stage."""
    assert trainer.stage.adversary is not None
    return trainer.stage.adversary


def opponent(trainer: Trainer) -> dict[str, Tensor]:
    """A copy of the discriminator's weights."""
    return weights(adversary(trainer).network)


def updates(trainer: Trainer) -> tuple[int, int]:
    """Updates that the generator and the discriminator have had."""
    counts = []
    for player in (trainer.stage.player, adversary(trainer).player):
        steps = [tensor for name, tensor in player.state("x")[0].items() if name.endswith(".step")]
        counts.append(int(steps[0]) if steps else 0)
    return counts[0], counts[1]
