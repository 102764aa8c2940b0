"""Ending a job from outside: once means finish what is in hand, twice means now."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

__all__ = ["Interrupts"]


class Interrupts:
    """Turns SIGINT and SIGTERM into a wish to stop while it is entered (outside the main thread it does nothing).

    Attributes:
        stop: set by the first signal.
        received: number of the first signal, or None.
    """

    def __init__(self, say: Callable[[str], None], tidy: Callable[[], None]) -> None:
        """Prepare.

        Args:
            say: tells a person something.
            tidy: called before the process ends at the second signal; must be quick.
        """
        self.stop = threading.Event()
        self.received: int | None = None
        self._say = say
        self._tidy = tidy
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            self._tidy()
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            # Threads inside native code cannot be ended in any other way.
            os._exit(128 + number)
        self.received = number
        self.stop.set()
        self._say("stopping after the current file; a second signal stops at once")
