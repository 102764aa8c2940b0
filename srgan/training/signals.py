"""SIGINT and SIGTERM let the step at work finish."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["StopRequest"]


class StopRequest:
    """Whether somebody asked to stop.

    Attributes:
        signal: the number of the signal, 0 for none.
    """

    def __init__(self) -> None:
        self.signal = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note the signals instead of ending at once; only possible in the main thread."""

        def request(number: int, _frame: object) -> None:
            self.signal = number

        previous = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
