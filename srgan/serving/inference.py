"""The one loop that computes: tiles of all pictures in hand pass through it, one after the other or batched.

Every picture is worked on by a thread of its own, which runs the model as the command line does; only its session
hands each tile to this loop and waits. So a large picture never holds the device longer than for one tile.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from srgan.runtime import Engine, Session, on_gpu
from srgan.runtime.shared_session import together
from srgan.serving.order import CURRENT, Order

__all__ = ["InferenceLoop", "LoopEngine", "LoopSession"]

_LARGEST_BATCH = 16
_Backend = TypeVar("_Backend", Session, Engine)
_Compute = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(eq=False)
class _Step:
    """One tile that waits for the device; equal keys may be computed together."""

    order: Order | None
    compute: _Compute
    batch: NDArray[Any]
    key: object = None
    done: threading.Event = field(default_factory=threading.Event)
    result: NDArray[Any] | None = None
    error: BaseException | None = None


class InferenceLoop:
    """Computes steps in one thread.

    Fairness: large pictures and small ones share the time of the device half and half while both wait; among the small
    ones, as among the large ones, the picture that came first goes first.
    """

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._change = threading.Condition()
        self._used = {False: 0.0, True: 0.0}  # seconds that small and large pictures have had
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the step in hand; what still waits is cancelled."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread; whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def compute(self, compute: _Compute, batch: NDArray[Any], key: object = None) -> NDArray[Any]:
        """Compute one step for the picture of this thread, and wait for it.

        Args:
            compute: gives a result as long as its batch.
            batch: ``(1, ...)``.
            key: steps of equal keys may be put together along the first axis; None: never.

        Raises:
            RequestError: the picture is not wanted any more.
            Exception: whatever `compute` raised.
        """
        order = CURRENT.get()
        if order is not None:
            order.check()
        step = _Step(order, compute, batch, key)
        with self._change:
            if self._stopped:
                raise RuntimeError("the inference loop has ended")
            self._steps.append(step)
            self._change.notify_all()
        step.done.wait()
        if step.error is not None:
            raise step.error
        assert step.result is not None
        return step.result

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._steps or self._stopped)
                if self._stopped:
                    left, self._steps = self._steps, []
                    break
                steps = self._take()
            started = time.perf_counter()
            _compute(steps)
            self._used[_is_large(steps[0])] += time.perf_counter() - started
            for step in steps:
                step.done.set()
            del steps
        for step in left:
            step.error = RuntimeError("the inference loop has ended")
            step.done.set()

    def _take(self) -> list[_Step]:
        """Remove the next step and those that may go with it."""
        kinds = {_is_large(step) for step in self._steps}
        if len(kinds) == 1:  # who waits alone does not save up for later
            level = max(self._used.values())
            self._used = {kind: max(self._used[kind], level if kind not in kinds else 0.0) for kind in self._used}
            kind = kinds.pop()
        else:
            kind = self._used[True] < self._used[False]
        chosen = min((step for step in self._steps if _is_large(step) == kind), key=_arrival)
        steps = [chosen]
        if chosen.key is not None:
            others = (step for step in self._steps if step is not chosen and step.key == chosen.key)
            steps += sorted(others, key=_arrival)[: _LARGEST_BATCH - 1]
        self._steps = [step for step in self._steps if step not in steps]
        return steps


def _is_large(step: _Step) -> bool:
    return step.order is not None and step.order.large


def _arrival(step: _Step) -> int:
    return step.order.number if step.order is not None else 0


def _compute(steps: list[_Step]) -> None:
    """Fill in results or errors."""
    for step, outcome in zip(steps, together(steps[0].compute, [step.batch for step in steps]), strict=True):
        if isinstance(outcome, BaseException):
            step.error = outcome
        else:
            step.result = outcome


class _Proxy(Generic[_Backend]):
    """What the loop's session and engine have in common: they say what the real one says."""

    def __init__(self, real: _Backend, loop: InferenceLoop) -> None:
        self._real: _Backend = real
        self._loop = loop

    @property
    def backend(self) -> str:
        """Of the real one."""
        return self._real.backend

    @property
    def device(self) -> str:
        """Of the real one."""
        return self._real.device

    @property
    def precision(self) -> str:
        """Of the real one."""
        return self._real.precision

    @property
    def notes(self) -> tuple[str, ...]:
        """Of the real one."""
        return self._real.notes

    def _told(self) -> None:
        order = CURRENT.get()
        if order is not None:
            order.precision = self._real.precision


class LoopSession(_Proxy[Session]):
    """A session whose tiles go through the loop."""

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Like `Session.run`."""
        return self._step("run", self._real.run, batch, noise)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Like `Session.run_pixels`."""
        return self._step("pixels", self._real.run_pixels, batch, noise)

    def _step(
        self, kind: str, run: Callable[..., NDArray[Any]], batch: NDArray[Any], noise: NDArray[np.float32] | None
    ) -> NDArray[Any]:
        # On CPUs a batch takes as long as its tiles one by one, and lets the first of them wait for the last.
        batched = noise is None and on_gpu(self._real)
        key = (id(self._real), kind, batch.shape) if batched else None
        result = self._loop.compute(lambda tiles: run(tiles, noise), batch, key)
        self._told()
        order = CURRENT.get()
        if order is not None:
            axes = batch.shape[1:3] if kind == "pixels" else batch.shape[2:]
            order.tile_done(*axes)
        return result


class LoopEngine(_Proxy[Engine]):
    """An engine whose steps go through the loop."""

    def compute(self, feed: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Like `Engine.compute`."""
        result = self._loop.compute(lambda _: self._real.compute(feed), np.empty((1, 0)))
        self._told()
        return result
