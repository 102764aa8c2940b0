"""What the parts of a run ask of each other, found out before anything is trained."""

import typing
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from srgan.config import part_arguments
from srgan.errors import UsageError
from srgan.networks import DISCRIMINATORS, Discriminator, Generator
from srgan.training.parts import make_discriminator
from srgan.training.sections import DataSection, StageSection

__all__ = ["check_crops", "check_opponent"]


def check_opponent(stage: StageSection, *, source: str, where: str) -> None:
    """A stage's discriminator can be built, and its penalties mean something for it.

    Args:
        stage: with checked parts.
        source: the run file's name, for messages.
        where: the stage's place in it, ``"stage.adversarial."`` or nothing.

    Raises:
        UsageError: names the keys.
    """
    table, game = stage.discriminator, stage.adversarial
    if table is None or game is None:
        return
    try:
        network = _built(table)
    except ValueError as error:
        raise UsageError(f"{source}: {where}discriminator: {error}") from None
    if table["condition_channels"]:
        raise UsageError(
            f"{source}: {where}discriminator.condition_channels follows from {where}adversarial.condition; leave it out"
        )
    mixed = any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in network.modules())
    if mixed and game.penalty:
        norms = typing.get_args(part_arguments(DISCRIMINATORS[table["kind"]]).model_fields["norm"].annotation)
        others = ", ".join(f'"{norm}"' for norm in norms if norm != "batch")
        raise UsageError(
            f'{source}: {where}discriminator.norm is "{table["norm"]}", which lets the pictures of a batch change each '
            f"other's scores, but {where}adversarial.penalty {game.penalty[0]['kind']} holds only where each picture "
            f"is judged alone; use one of {others}, or no penalty"
        )


def check_crops(stages: list[StageSection], generator: Generator, kind: str) -> None:
    """The crops of all stages have sides that generator and discriminators take.

    Args:
        stages: of the run.
        generator: the network.
        kind: its name in the run file.

    Raises:
        UsageError: names the key and sizes that would do.
    """
    for stage in stages:
        for key, patch in _patches(stage.data):
            _check_generator(key, patch, generator, kind)
            if stage.discriminator is not None:
                _check_discriminator(key, patch, generator.scale, stage.discriminator)


def _patches(data: DataSection) -> Iterator[tuple[str, int]]:
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


def _check_discriminator(key: str, patch: int, scale: int, table: dict[str, Any]) -> None:
    network, side = _built(table), patch * scale
    crop = f"{key} is {patch}, at x{scale} {side} pixels a side"
    if network.size is not None and side != network.size:
        raise UsageError(f"{crop}, but discriminator.size is {network.size}; both must be equal")
    if side < network.minimum:
        least = -(-network.minimum // scale)
        raise UsageError(
            f"{crop}, but the discriminator {table['kind']!r} needs {network.minimum}; use at least {least}, or give "
            "the discriminator fewer layers"
        )


def _built(table: dict[str, Any]) -> Discriminator:
    """The network, to be looked at: without weights, and without using up random numbers."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        return make_discriminator(table, condition_channels=0)
