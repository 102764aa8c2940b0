"""What the parts of a run ask of each other, found out before anything is trained."""

import re
from collections.abc import Iterator
from typing import Any

import torch

from srgan.errors import UsageError
from srgan.networks import Discriminator, Generator
from srgan.training.game_rules import check_game
from srgan.training.parts import make_discriminator
from srgan.training.run import Run
from srgan.training.sections import DataSection, SourceSection, StageSection

__all__ = ["check_crops", "check_opponent", "look_at", "placed"]

_OF_STAGES = re.compile(r"\b(adversarial|discriminator|loss|train)(?=[.:]| is missing)")
_DERIVED = {
    "condition_channels": "{0}adversarial.condition",
    "classes": "data.classes",
    "code": "generator.latent",
}


def check_opponent(stage: StageSection, derived: dict[str, int], *, source: str, where: str) -> None:
    """A stage's discriminator can be built, and what the game asks of it means something.

    Args:
        stage: with checked parts.
        derived: options of the discriminator that follow from the rest of the run.
        source: the run file's name, for messages.
        where: the stage's place in it, ``"stage.adversarial."`` or nothing.

    Raises:
        UsageError: names the keys.
    """
    table, game = stage.discriminator, stage.adversarial
    if table is None or game is None:
        return
    for name, cause in _DERIVED.items():
        if table.get(name):
            raise UsageError(f"{source}: {where}discriminator.{name} follows from {cause.format(where)}; leave it out")
    try:
        network = look_at(table, derived)
    except ValueError as error:
        raise UsageError(f"{source}: {where}discriminator: {error}") from None
    try:
        check_game(stage, network)
    except ValueError as error:
        raise UsageError(f"{source}: {placed(str(error), where)}") from None


def placed(message: str, where: str) -> str:
    """A message about a stage, with its keys as they stand in the run file."""
    return _OF_STAGES.sub(lambda key: where + key.group(), message)


def check_crops(run: Run, generator: Generator, kind: str) -> None:
    """The crops of all stages have sides that generator and discriminators take.

    Args:
        run: of a task from picture to picture.
        generator: the network.
        kind: its name.

    Raises:
        UsageError: names the key and sizes that would do.
    """
    for stage in run.stages:
        for key, patch in _patches(stage.data):
            _check_generator(key, patch, generator, kind)
            if stage.discriminator is not None:
                network = look_at(stage.discriminator, run.opponent(stage))
                _check_discriminator(key, patch, generator.scale, stage.discriminator["kind"], network)


def _patches(data: SourceSection) -> Iterator[tuple[str, int]]:
    if not isinstance(data, DataSection):
        yield "data.size", data.patch_at(1.0)
        return
    yield "data.patch", data.patch
    for index, growth in enumerate(data.progressive):
        yield f"data.progressive.{index}.patch", growth.patch


def _check_generator(key: str, patch: int, generator: Generator, kind: str) -> None:
    unit, minimum = generator.multiple_of, generator.minimum
    if patch >= minimum and patch % unit == 0:
        return
    wishes = [f"of at least {minimum}"] if minimum > 1 else []
    wishes += [f"multiples of {unit}"] if unit > 1 else []
    smallest = -(-minimum // unit) * unit
    near = sorted({max(smallest, patch // unit * unit), max(smallest, -(-patch // unit) * unit)})
    raise UsageError(
        f"{key} is {patch}, but the generator {kind!r} takes sides {' and '.join(wishes)}; "
        f"use {' or '.join(map(str, near))}"
    )


def _check_discriminator(key: str, patch: int, scale: int, kind: str, network: Discriminator) -> None:
    side = patch * scale
    crop = f"{key} is {patch}, at x{scale} {side} pixels a side"
    if network.size is not None and side != network.size:
        raise UsageError(f"{crop}, but discriminator.size is {network.size}; both must be equal")
    if side < network.minimum:
        least = -(-network.minimum // scale)
        raise UsageError(
            f"{crop}, but the discriminator {kind!r} needs {network.minimum}; use at least {least}, or give "
            "the discriminator fewer layers"
        )


def look_at(table: dict[str, Any], derived: dict[str, int]) -> Discriminator:
    """The network, to be looked at: without weights, and without using up random numbers."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        return make_discriminator(table, **derived)
