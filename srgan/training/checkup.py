"""Looking at a run before it is started: what it costs, and whether its data is there."""

import time
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from srgan.data import Batch, PairPaths, load_pair
from srgan.errors import PictureError, UsageError
from srgan.training.parts import find_pairs
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
        receptive_field: radius in LR pixels; None: unbounded.
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
    pairs = find_pairs(run.data.high, run.data.low, scale=trainer.scale, key="data")
    if run.validation is not None:
        find_pairs(run.validation.high, run.validation.low, scale=trainer.scale, key="validation")
    _probe_pair(run, trainer.scale, pairs[0])
    costs = [_cost(trainer, trainer.make_stage(index)) for index in range(len(run.stages))]
    return Checkup(
        parameters=_parameters(trainer.generator),
        receptive_field=trainer.describe()["receptive_field"],
        pictures=len(pairs),
        device=str(trainer.device),
        stages=costs,
    )


def _probe_pair(run: Run, scale: int, pair: PairPaths) -> None:
    try:
        low, _ = load_pair(pair, scale)
    except PictureError as error:
        raise UsageError(f"data: {error}") from error
    for stage in run.stages:
        if min(low.shape[:2]) < stage.data.patch:
            raise UsageError(
                f"data.patch is {stage.data.patch}, but {pair.high} has only {low.shape[1]}x{low.shape[0]} LR pixels"
            )


def _cost(trainer: Trainer, stage: Stage) -> StageCost:
    section = stage.section
    batch = _batch(trainer, section)
    rates = stage.rates(0.0)
    # Behind the discriminator's warm-up, where both sides learn.
    first = section.adversarial.warmup if section.adversarial else 0
    kept = _kept_bytes(trainer, stage, batch)
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


def _batch(trainer: Trainer, section: StageSection) -> Batch:
    """One part of a batch is what memory must hold; time counts the whole."""
    side, count = section.data.patch, section.train.batch // trainer.processes.count
    low = torch.rand(count, 3, side, side, device=trainer.device).to(memory_format=torch.channels_last)
    high = low.repeat_interleave(trainer.scale, dim=2).repeat_interleave(trainer.scale, dim=3)
    return Batch(low, high.to(memory_format=torch.channels_last))


def _kept_bytes(trainer: Trainer, stage: Stage, batch: Batch) -> int:
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

    count = stage.section.train.batch // trainer.processes.count // stage.section.train.accumulate
    part = Batch(batch.low[:count], batch.high[:count])
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        fake = stage.task.generate(part)
        terms = stage.task.generator_losses(fake, part)
        if stage.adversary is not None:
            terms |= stage.adversary.generator_losses(fake, part.high, stage.condition(part))
    return sum(seen.values())


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
