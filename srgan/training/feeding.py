"""The pictures of a run and the batches of its stages."""

from abc import ABC, abstractmethod
from typing import Any

from srgan.data import BatchStream
from srgan.errors import UsageError
from srgan.training.processes import Processes
from srgan.training.run import Run
from srgan.training.sections import StageSection

__all__ = ["Feeding"]

# The batches of a stage are numbered from here times its place, so that no two stages share random numbers.
_STRIDE = 2**40


class Feeding(ABC):
    """Finds the pictures at once, reads them when the first batch is asked for, and keeps them for all stages.

    Args:
        run: the checked run.
        processes: each gets its share of every batch.

    Raises:
        UsageError: a batch cannot be shared evenly.
    """

    def __init__(self, run: Run, processes: Processes) -> None:
        for stage in run.stages:
            packing = 1 if stage.adversarial is None else stage.adversarial.packing
            share = processes.count * stage.train.accumulate * packing
            if stage.train.batch % share:
                packs = f" and adversarial.packing = {packing}" if packing > 1 else ""
                raise UsageError(
                    f"train.batch is {stage.train.batch}, which {processes.count} processes with train.accumulate = "
                    f"{stage.train.accumulate}{packs} cannot share evenly; use a multiple of {share}"
                )

    @property
    @abstractmethod
    def digest(self) -> str:
        """A sha256 that stands for the pictures."""

    @abstractmethod
    def batches(self, stage: StageSection, patch: int) -> BatchStream[Any]:
        """The batches of a stage; `patch` is the side of its crops in the generator's input pixels."""

    @staticmethod
    def position(stage: int, drawn: int) -> int:
        """The number of the batch that comes after `drawn` batches of a stage."""
        return stage * _STRIDE + drawn
