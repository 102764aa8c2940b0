"""One picture that somebody waits for, from the moment it is accepted until it is answered."""

import itertools
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, TypeVar

from srgan.images import Format
from srgan.runtime import Command, Model
from srgan.serving.failures import RequestError
from srgan.serving.options import GenerateOptions, TranslateOptions, UpscaleOptions

__all__ = ["CURRENT", "Answer", "Order", "Stage", "tell_when_done"]

Stage = Literal["waiting", "decoding", "computing", "encoding", "done", "failed", "cancelled"]

Listener = TypeVar("Listener")

_numbers = itertools.count()


@dataclass(frozen=True)
class Answer:
    """A finished picture.

    Attributes:
        data: the file.
        format: of the file.
        width: pixels.
        height: pixels.
        pixels: of the picture that came in.
        scale: width of the result / width of that picture.
        device: what computed, in words.
        precision: of the arithmetic that was used in the end.
        milliseconds: from the picture's turn to its end; waiting is not counted.
        waited: milliseconds before its turn.
        notes: what a person should know.
    """

    data: bytes
    format: Format
    width: int
    height: int
    pixels: int
    scale: float
    device: str
    precision: str
    milliseconds: int
    waited: int
    notes: tuple[str, ...] = ()


class Order:
    """What is to be done with one picture, how far it is, and its answer.

    Attributes:
        command: what to do.
        model: what runs.
        options: the wishes.
        data: the file that was sent; emptied when it has been decoded.
        number: orders are numbered as they come.
        large: whether it belongs to the large ones, known when its header has been read.
        wanted: bytes of pixels that it needs, known at the same time.
        cost: of these, what it holds.
        request_id: of the request that it came with.
        precision: of the arithmetic that ran last.
        stage: where it is.
        progress: 0 to 1.
        answer: resolved when the order ends, in whatever way.
    """

    def __init__(
        self,
        command: Command,
        model: Model,
        options: UpscaleOptions | TranslateOptions | GenerateOptions,
        data: bytes = b"",
        *,
        seconds: float,
        request_id: str = "",
    ) -> None:
        """Describe an order.

        Args:
            command: what to do.
            model: what runs.
            options: the wishes.
            data: the file that was sent.
            seconds: until it must be done, from now.
            request_id: of the request that it came with.
        """
        self.command: Command = command
        self.model = model
        self.options = options
        self.data = data
        self.number = next(_numbers)
        self.large = False
        self.wanted = 0
        self.cost = 0
        self.request_id = request_id
        self.precision = ""
        self.stage: Stage = "waiting"
        self.progress = 0.0
        self.answer: Future[Answer] = Future()
        self.accepted = time.perf_counter()
        self._deadline = self.accepted + seconds
        self._cancelled = threading.Event()
        self._expected, self._computed = 1.0, 0.0

    def cancel(self) -> None:
        """Nobody wants it any more: it ends before its next tile."""
        self._cancelled.set()

    def check(self) -> None:
        """End the work when nobody wants it any more, or it takes too long.

        Raises:
            RequestError: 499 or 504.
        """
        if self._cancelled.is_set():
            raise RequestError(499, "cancelled", "the request was given up")
        if time.perf_counter() > self._deadline:
            raise RequestError(504, "deadline", "the picture took too long: make it smaller, or send it as a job")

    @property
    def seconds_left(self) -> float:
        """Until it must be done."""
        return max(0.0, self._deadline - time.perf_counter())

    def enter(self, stage: Stage) -> None:
        """Go on to the next stage."""
        self.stage = stage
        if stage == "done":
            self.progress = 1.0

    def expect(self, pixels: float) -> None:
        """Foresee how many pixels the network has to go through."""
        self._expected = max(1.0, pixels)

    def tile_done(self, height: int, width: int) -> None:
        """Count a tile of so many pixels."""
        halo = 2 * (self.model.metadata.receptive_field or 0)
        self._computed += max(1, height - halo) * max(1, width - halo)
        self.progress = min(0.99, self._computed / self._expected)


CURRENT: ContextVar[Order | None] = ContextVar("order", default=None)
"""The order that this thread works on."""


def tell_when_done(answer: Future[Answer], listener: Listener, tell: Callable[[Listener], object]) -> None:
    """Tell a listener that an order has ended, without keeping the listener alive.

    A finished future keeps its callbacks. One that holds what holds the future closes a circle, and megabytes of
    answers would wait for the garbage collector.
    """
    weak = weakref.ref(listener)

    def told(_: Future[Answer]) -> None:
        found = weak()
        if found is not None:
            tell(found)

    answer.add_done_callback(told)
