"""Looking at a run before it is started: what it costs, and whether its data is there."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from srgan.tasks import parts_of
from srgan.training.adversary import Moment
from srgan.training.run import Run
from srgan.training.sections import StageSection
from srgan.training.stage import Stage
from srgan.training.trainer import Trainer

__all__ = ["Checkup", "StageCost", "check_run"]

_TIMED = 3
_COPIES = 5  # weights, gradient, two moments of Adam, average


@dataclass(frozen=True)
class StageCost:
    """What a stage costs.

    Attributes:
        section: its tables.
        discriminator: parameters of its discriminator, 0 without one.
        gflops_per_step: forward and backward of all networks, feature networks included, 10^9 operations.
        memory_bytes: weights, optimiser state and what the backward pass keeps of one batch; without feature networks
            and the pictures themselves.
        seconds_per_step: measured here on made-up data.
    """

    section: StageSection
    discriminator: int
    gflops_per_step: float
    memory_bytes: int
    seconds_per_step: float


@dataclass(frozen=True)
class Checkup:
    """What a run costs.

    Attributes:
        parameters: of the generator.
        receptive_field: radius in LR pixels; None: unbounded, or not what this task has.
        pictures: training pairs found.
        device: where it was measured and will run.
        stages: one after the other.
    """

    parameters: int
    receptive_field: int | None
    pictures: int
    device: str
    stages: list[StageCost]


def check_run(run: Run) -> Checkup:
    """Build everything a run needs, read its first pair, and time a few steps on made-up data.

    Raises:
        UsageError: what `Trainer` would say: folders, pairs, sizes, weights, device.
    """
    trainer = Trainer(run)
    trainer.assembly.measurement()
    pictures = trainer.assembly.probe()
    costs = [_cost(trainer, trainer.make_stage(index)) for index in range(len(run.stages))]
    return Checkup(
        parameters=_parameters(trainer.generator),
        receptive_field=trainer.describe().get("receptive_field"),
        pictures=pictures,
        device=str(trainer.device),
        stages=costs,
    )


def _cost(trainer: Trainer, stage: Stage) -> StageCost:
    section = stage.section
    share = section.train.batch // trainer.processes.count
    batch = trainer.assembly.made_up(section, share, trainer.device)
    rates = stage.rates(0.0)
    # Behind the discriminator's warm-up, where both sides learn.
    first = section.adversarial.warmup if section.adversarial else 0
    kept = _kept_bytes(trainer, stage, parts_of(batch, section.train.accumulate)[0])
    with FlopCounterMode(display=False) as counter:
        stage.step(lambda: batch, first, rates)
    began = time.perf_counter()
    for step in range(first + 1, first + 1 + _TIMED):
        stage.step(lambda: batch, step, rates)
    if trainer.device.type == "cuda":
        torch.cuda.synchronize()
    seconds = (time.perf_counter() - began) / _TIMED
    discriminator = 0 if stage.adversary is None else _parameters(stage.adversary.network)
    return StageCost(
        section=section,
        discriminator=discriminator,
        gflops_per_step=counter.get_total_flops() / 1e9,
        memory_bytes=4 * (_COPIES * _parameters(trainer.generator) + (_COPIES - 1) * discriminator) + kept,
        seconds_per_step=seconds,
    )


def _kept_bytes(trainer: Trainer, stage: Stage, part: Any) -> int:  # noqa: ANN401 - each task has its own batches
    """Bytes that the forward pass of one part of a batch keeps for the backward pass (weights apart)."""
    networks: list[torch.nn.Module] = [trainer.generator]
    if stage.adversary is not None:
        networks.append(stage.adversary.network)
    own = {parameter.data_ptr() for network in networks for parameter in network.parameters()}
    seen: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            seen[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        round_ = stage.task.play(part)
        terms = stage.task.generator_losses(round_, part)
        if stage.adversary is not None:
            terms |= stage.adversary.generator_losses(round_, Moment(0, 0.0))
    return sum(seen.values())


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
