"""Several processes train as one: who they are, and what they agree on (torch.distributed, started by torchrun)."""

import datetime
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from srgan.errors import DivergedError, OutputError, SrganError

__all__ = ["Processes", "join_processes"]

# Rank 0 measures and saves while the others wait.
_PATIENCE = datetime.timedelta(hours=2)


@dataclass(frozen=True)
class Processes:
    """One of `count` processes that share every batch.

    Gradients are averaged here, after the backward pass is complete, and not by hooks inside of it: so they are right
    for penalties that differentiate twice as well.
    """

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this one writes files and speaks."""
        return self.rank == 0

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes, in one exchange a dtype."""
        if self.count == 1:
            return
        groups: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors:
            groups.setdefault(tensor.dtype, []).append(tensor)
        for members in groups.values():
            flat = torch.cat([member.reshape(-1) for member in members])
            distributed.all_reduce(flat)
            flat /= self.count
            parts = torch.split(flat, [member.numel() for member in members])
            for member, part in zip(members, parts, strict=True):
                member.copy_(part.view(member.shape))

    def share(self, tensors: Iterable[Tensor]) -> None:
        """Give every process what the first one has."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def highest(self, values: list[float], device: torch.device) -> list[float]:
        """The largest of each value over the processes: a fault or a signal of one concerns all."""
        if self.count == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.all_reduce(tensor, distributed.ReduceOp.MAX)
        return [float(value) for value in tensor.tolist()]

    def first(self, work: Callable[[], None], device: torch.device) -> None:
        """Let the first process do what must be done once; the others wait, and fail if it fails.

        Raises:
            DivergedError: weights are not finite.
            OutputError: the disk does not take it.
        """
        failure: SrganError | None = None
        if self.leads:
            try:
                work()
            except (DivergedError, OutputError) as error:
                failure = error
        code = int(self.highest([0 if failure is None else failure.exit_code], device)[0])
        if failure is not None:
            raise failure
        if code:
            kind = DivergedError if code == DivergedError.exit_code else OutputError
            raise kind("the first process says why")

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.count > 1:
            distributed.barrier()

    def leave(self) -> None:
        """Close the connection: its threads must not be at work when the process ends, which would be an abort."""
        if self.count > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


def join_processes(device: torch.device) -> tuple[Processes, torch.device]:
    """This process among those that ``torchrun`` started, and its device; alone without torchrun.

    NCCL connects GPUs, gloo CPUs.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return Processes(), device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    return Processes(distributed.get_rank(), distributed.get_world_size()), device
