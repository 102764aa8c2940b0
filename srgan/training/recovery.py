"""What to do when a step's numbers are not finite: leave it out, go back, give up."""

from typing import Any

from srgan.errors import DivergedError
from srgan.training.sections import SafetySection

__all__ = ["Recovery"]


class Recovery:
    """Counts the faults of a training and decides.

    Args:
        section: the run file's table.

    Attributes:
        lr_factor: what all learning rates are multiplied by, lowered at every return to a checkpoint.
    """

    def __init__(self, section: SafetySection) -> None:
        self._section = section
        self.lr_factor = 1.0
        self._row = 0
        self._skipped = 0
        self._rollbacks = 0

    def sound(self) -> None:
        """A step went well."""
        self._row = 0

    def fault(self, step: int, what: str) -> str | None:
        """A step was not finite and has changed nothing.

        Args:
            step: of the run.
            what: what was not finite.

        Returns:
            What happened, in words, if the training may go on; None if it must go back to a checkpoint.
        """
        self._row += 1
        self._skipped += 1
        if self._row > self._section.skips:
            return None
        return f"step {step}: {what} is not finite; this step is left out ({self._skipped} so far)"

    def roll_back(self, step: int, what: str) -> None:
        """Account for a return to a checkpoint.

        Raises:
            DivergedError: there have been as many as are allowed.
        """
        if self._rollbacks == self._section.rollbacks:
            raise DivergedError(
                f"step {step}: {what} is not finite again, after {self._rollbacks} returns to a checkpoint; the last "
                "checkpoint is intact. Lower train.lr, set train.clip, add an r1 penalty, or check the data"
            )
        self._rollbacks += 1
        self._row = 0
        self.lr_factor *= self._section.lr_factor

    def state(self) -> dict[str, Any]:
        """JSON values for a checkpoint."""
        return {
            "lr_factor": self.lr_factor,
            "row": self._row,
            "skipped": self._skipped,
            "rollbacks": self._rollbacks,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        self.lr_factor, self._row = state["lr_factor"], state["row"]
        self._skipped, self._rollbacks = state["skipped"], state["rollbacks"]
