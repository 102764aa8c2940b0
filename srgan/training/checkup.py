"""Looking at a run before it is started: what it costs, and whether its data is there."""

import time
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from srgan.data import Batch, PairPaths, load_pair
from srgan.errors import PictureError, UsageError
from srgan.training.run import Run, find_pairs
from srgan.training.trainer import Trainer

__all__ = ["Checkup", "check_run"]

_TIMED = 3
_COPIES = 5  # weights, gradient, two moments of Adam, average


@dataclass(frozen=True)
class Checkup:
    """What a run costs.

    Attributes:
        parameters: of the generator.
        receptive_field: radius in LR pixels; None: unbounded.
        gflops_per_step: forward and backward of the generator, 10^9 operations.
        memory_bytes: weights, optimiser state and what the backward pass keeps of one batch; without feature networks
            and the pictures themselves.
        seconds_per_step: measured here on made-up data.
        pictures: training pairs found.
        device: where it was measured and will run.
    """

    parameters: int
    receptive_field: int | None
    gflops_per_step: float
    memory_bytes: int
    seconds_per_step: float
    pictures: int
    device: str


def check_run(run: Run) -> Checkup:
    """Build everything a run needs, read its first pair, and time a few steps on made-up data.

    Raises:
        UsageError: what `Trainer` would say: folders, pairs, sizes, weights, device.
    """
    trainer = Trainer(run)
    pairs = find_pairs(run.data.high, run.data.low, scale=trainer.scale, key="data")
    if run.validation is not None:
        find_pairs(run.validation.high, run.validation.low, scale=trainer.scale, key="validation")
    _probe_pair(run, trainer, pairs[0])
    batch = _batch(run, trainer)
    kept = _kept_bytes(trainer, batch)
    with FlopCounterMode(display=False) as counter:
        trainer.train_step(batch, run.train.lr)
    began = time.perf_counter()
    for _ in range(_TIMED):
        trainer.train_step(batch, run.train.lr)
    if trainer.device.type == "cuda":
        torch.cuda.synchronize()
    parameters = sum(parameter.numel() for parameter in trainer.generator.parameters())
    return Checkup(
        parameters=parameters,
        receptive_field=trainer.describe()["receptive_field"],
        gflops_per_step=counter.get_total_flops() / 1e9,
        memory_bytes=_COPIES * 4 * parameters + kept,
        seconds_per_step=(time.perf_counter() - began) / _TIMED,
        pictures=len(pairs),
        device=str(trainer.device),
    )


def _probe_pair(run: Run, trainer: Trainer, pair: PairPaths) -> None:
    try:
        low, _ = load_pair(pair, trainer.scale)
    except PictureError as error:
        raise UsageError(f"data: {error}") from error
    if min(low.shape[:2]) < run.data.patch:
        raise UsageError(
            f"data.patch is {run.data.patch}, but {pair.high} has only {low.shape[1]}x{low.shape[0]} LR pixels"
        )


def _batch(run: Run, trainer: Trainer) -> Batch:
    side, count = run.data.patch, run.train.batch
    low = torch.rand(count, 3, side, side, device=trainer.device).to(memory_format=torch.channels_last)
    high = low.repeat_interleave(trainer.scale, dim=2).repeat_interleave(trainer.scale, dim=3)
    return Batch(low, high.to(memory_format=torch.channels_last))


def _kept_bytes(trainer: Trainer, batch: Batch) -> int:
    """Bytes that the forward pass of one batch keeps for the backward pass (weights apart)."""
    own = {parameter.data_ptr() for parameter in trainer.generator.parameters()}
    seen: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            seen[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        trainer.task.generator_losses(batch, trainer.autocast)
    return sum(seen.values())
