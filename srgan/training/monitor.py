"""What a person sees of a training: progress lines with an ETA on stderr, and TensorBoard."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from srgan.data import BatchStream

__all__ = ["Monitor", "say"]


class Monitor:
    """Prints a line now and then, writes TensorBoard events.

    Args:
        folder: for the event files.
        steps: length of the training.
        start: first step of this process.
        active: whether this process speaks; the others of a distributed training do not.
    """

    def __init__(self, folder: Path, *, steps: int, start: int, active: bool = True) -> None:
        self._writer = None
        if active:
            # TensorBoard is slow to import and only the training needs it.
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder), purge_step=start + 1 if start else None)
        self._steps, self._mark, self._clock = steps, start, time.perf_counter()
        self._batches: BatchStream[Any] | None = None
        self._waited = 0.0

    def begin(self, step: int, batches: BatchStream[Any]) -> None:
        """New batches are used from here on; the monitor looks at how long the network waits for them."""
        self._batches = batches
        self.restart(step)

    def report(
        self,
        step: int,
        losses: dict[str, float],
        measures: dict[str, float],
        rates: dict[str, float],
        words: str | None = None,
        *,
        left: float | None = None,
    ) -> None:
        """Print the means since the last report and write them to TensorBoard.

        Args:
            step: steps made.
            losses: means, by name.
            measures: of the game and of gradients, for TensorBoard.
            rates: learning rates, by player.
            words: how the game stands.
            left: seconds until the clock ends the training, where it does.
        """
        if self._writer is None:
            return
        now = time.perf_counter()
        count, seconds = max(1, step - self._mark), now - self._clock
        eta = (self._steps - step) * seconds / count
        eta = eta if left is None else min(eta, left)
        shown = "  ".join(f"{name} {value:.5g}" for name, value in losses.items())
        waited = self._batches.waited if self._batches else 0.0
        starving = 100.0 * (waited - self._waited) / seconds
        say(
            f"step {step}/{self._steps}  {shown}  lr {rates['generator']:.3g}  {count / seconds:.2f} steps/s  "
            f"data wait {starving:.0f} %  ETA {_clock(eta)}"
        )
        if words is not None:
            say(f"  {words}")
        scalars = {f"losses/{name}": value for name, value in losses.items()}
        scalars |= {f"health/{name}": value for name, value in measures.items()}
        scalars |= {"lr" if name == "generator" else f"lr_{name}": rate for name, rate in rates.items()}
        scalars |= {"speed/steps_per_second": count / seconds, "speed/data_wait_percent": starving}
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, step)
        self.restart(step)

    def scores(self, step: int, scores: dict[str, Tensor]) -> None:
        """Histograms of the discriminator's scores, of real and of generated pictures."""
        if self._writer is not None:
            for name, values in scores.items():
                self._writer.add_histogram(f"scores/{name}", values.float().cpu().numpy(), step)

    def restart(self, step: int) -> None:
        """Begin a new interval, so that validation does not count as training time."""
        self._mark, self._clock = step, time.perf_counter()
        self._waited = self._batches.waited if self._batches else 0.0

    def validation(self, step: int, metrics: dict[str, float], images: dict[str, NDArray[np.uint8]]) -> None:
        """Record the metrics and side-by-side pictures of a validation."""
        if self._writer is None:
            return
        say(f"step {step}  validation: " + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        for name, value in metrics.items():
            self._writer.add_scalar(f"metrics/validation/{name}", value, step)
        for name, image in images.items():
            self._writer.add_image(f"images/validation/{name}", image, step, dataformats="HWC")
        self._writer.flush()
        self.restart(step)

    def close(self) -> None:
        """Flush the event file."""
        if self._writer is not None:
            self._writer.close()


def say(line: str) -> None:
    """One line on stderr, by the first process."""
    if os.environ.get("RANK", "0") != "0":
        return
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
