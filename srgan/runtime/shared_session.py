"""One GPU for several pictures at a time: equal tiles of theirs are computed as one batch."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.runtime.session import Session, SessionMemoryError

__all__ = ["SharedSession", "together"]

_PIXELS = 1024 * 1024
"""Input pixels of a batch, at most. From about a quarter of that on a GPU is busy with a single tile."""


class SharedSession:
    """A session that several threads use; see `Session`.

    Whoever finds it free computes its own tile and the equal ones that wait, in numbers of 1, 2, 4 ... so that few
    shapes are met. Nobody waits for others to come.
    """

    def __init__(self, session: Session, pixels: int = _PIXELS) -> None:
        """Nothing runs yet.

        Args:
            session: what computes.
            pixels: input pixels of a batch, at most; halved when that is too much for the memory.
        """
        self._session, self._pixels = session, pixels
        self._waiting: list[_Step] = []
        self._busy = False
        self._change = threading.Condition()

    @property
    def backend(self) -> str:
        """Of the real one."""
        return self._session.backend

    @property
    def device(self) -> str:
        """Of the real one."""
        return self._session.device

    @property
    def precision(self) -> str:
        """Of the real one."""
        return self._session.precision

    @property
    def notes(self) -> tuple[str, ...]:
        """Of the real one."""
        return self._session.notes

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Session.run`."""
        return self._compute(lambda tiles: self._session.run(tiles, noise), batch, alone=noise is not None)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Run the network on 8-bit pictures; see `srgan.runtime.Session.run_pixels`."""
        return self._compute(lambda tiles: self._session.run_pixels(tiles, noise), batch, alone=noise is not None)

    def _compute(
        self, run: Callable[[NDArray[Any]], NDArray[Any]], batch: NDArray[Any], *, alone: bool
    ) -> NDArray[Any]:
        def compute(tiles: NDArray[Any]) -> NDArray[Any]:
            try:
                return run(tiles)
            except SessionMemoryError:
                if len(tiles) > 1:
                    self._pixels = min(self._pixels, tiles.size // 3 // 2)
                raise

        mine, steps = _Step(batch, None if alone else (batch.dtype.str, batch.shape)), []
        with self._change:
            self._waiting.append(mine)
            self._change.wait_for(lambda: mine.outcome is not None or not self._busy)
            if mine.outcome is None:
                self._busy, steps = True, self._take(mine)
        if steps:
            outcomes = together(compute, [step.batch for step in steps])
            with self._change:
                for step, outcome in zip(steps, outcomes, strict=True):
                    step.outcome = outcome
                self._busy = False
                self._change.notify_all()
        assert mine.outcome is not None
        if isinstance(mine.outcome, BaseException):
            raise mine.outcome
        return mine.outcome

    def _take(self, mine: "_Step") -> list["_Step"]:
        """Remove a step, and those that go with it, from what waits."""
        others = [step for step in self._waiting if step is not mine and step.key is not None and step.key == mine.key]
        most = max(1, min(1 + len(others), self._pixels * 3 // mine.batch.size))
        steps = [mine, *others][: 1 << (most.bit_length() - 1)]
        self._waiting = [step for step in self._waiting if step not in steps]
        return steps


@dataclass(eq=False)
class _Step:
    """A tile that waits; equal keys may be computed together."""

    batch: NDArray[Any]
    key: tuple[str, tuple[int, ...]] | None
    outcome: NDArray[Any] | BaseException | None = None


def together(
    compute: Callable[[NDArray[Any]], NDArray[Any]], batches: Sequence[NDArray[Any]]
) -> list[NDArray[Any] | BaseException]:
    """What becomes of batches of one that are computed as one batch: results, or errors.

    An error in a batch is its maker's alone, so each is then tried by itself.
    """
    try:
        if len(batches) == 1:
            return [compute(batches[0])]
        results = compute(np.concatenate(batches))
        return [results[index : index + 1] for index in range(len(batches))]
    except BaseException as error:
        if len(batches) == 1:
            return [error]
        return [together(compute, [batch])[0] for batch in batches]
