"""What a person sees of a training: progress lines with an ETA on stderr, and TensorBoard."""

import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Monitor"]


class Monitor:
    """Collects scalars, prints a line now and then, writes TensorBoard events.

    Args:
        folder: for the event files.
        steps: length of the training.
        start: first step of this process.
    """

    def __init__(self, folder: Path, *, steps: int, start: int) -> None:
        # TensorBoard is slow to import and only the training needs it.
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=start + 1 if start else None)
        self._steps, self._mark, self._clock = steps, start, time.perf_counter()
        self._sums: dict[str, float] = defaultdict(float)

    def add(self, scalars: dict[str, float]) -> None:
        """Add the values of one step to the running mean."""
        for name, value in scalars.items():
            self._sums[name] += value

    def report(self, step: int, *, lr: float, waited: float) -> None:
        """Print the means since the last report and write them to TensorBoard.

        Args:
            step: steps made.
            lr: learning rate.
            waited: seconds since the last report in which the network waited for data.
        """
        now = time.perf_counter()
        count, seconds = step - self._mark, now - self._clock
        means = {name: total / count for name, total in self._sums.items()}
        eta = (self._steps - step) * seconds / count
        losses = "  ".join(f"{name} {value:.5g}" for name, value in means.items())
        starving = 100.0 * waited / seconds
        say(
            f"step {step}/{self._steps}  {losses}  lr {lr:.3g}  {count / seconds:.2f} steps/s  "
            f"data wait {starving:.0f} %  ETA {_clock(eta)}"
        )
        for name, value in means.items():
            self._writer.add_scalar(f"losses/{name}", value, step)
        self._writer.add_scalar("lr", lr, step)
        self._writer.add_scalar("speed/steps_per_second", count / seconds, step)
        self._writer.add_scalar("speed/data_wait_percent", starving, step)
        self.restart(step)

    def restart(self, step: int) -> None:
        """Begin a new interval, so that validation does not count as training time."""
        self._sums.clear()
        self._mark, self._clock = step, time.perf_counter()

    def validation(self, step: int, metrics: dict[str, float], images: dict[str, NDArray[np.uint8]]) -> None:
        """Record the metrics and side-by-side pictures of a validation."""
        say(f"step {step}  validation: " + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        for name, value in metrics.items():
            self._writer.add_scalar(f"metrics/validation/{name}", value, step)
        for name, image in images.items():
            self._writer.add_image(f"images/validation/{name}", image, step, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        """Flush the event file."""
        self._writer.close()


def say(line: str) -> None:
    """One line on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
