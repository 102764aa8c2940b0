"""Handing a picture from the thread that computes it to the one that writes it, band by band, while both work."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from srgan.images import Samples

__all__ = ["BandQueue", "BegunAnewError", "NotWantedError"]

_MOST = 16 * 1024 * 1024


class NotWantedError(Exception):
    """The taker has left: there is nobody for the rest."""


class BegunAnewError(Exception):
    """What was taken so far is void; the picture begins again at its top."""


class BandQueue:
    """The bands that are computed and not yet written; the giver waits when they are many.

    Attributes:
        giver_waited: seconds that the giver has waited for room.
        taker_waited: seconds that the taker has waited for bands.
    """

    def __init__(self, most: int = _MOST) -> None:
        """Start empty; the giver waits while more than `most` bytes are there."""
        self._most = most
        self._bands: deque[Samples] = deque()
        self._bytes = 0
        self._ended = self._left = self._anew = False
        self._failure: BaseException | None = None
        self._change = threading.Condition()
        self.giver_waited = self.taker_waited = 0.0

    def put(self, band: Samples) -> None:
        """Give the next band.

        Raises:
            NotWantedError: the taker has left.
        """
        with self._change:
            self.giver_waited += self._wait(lambda: self._bytes <= self._most or self._left)
            if self._left:
                raise NotWantedError
            self._bands.append(band)
            self._bytes += band.nbytes
            self._change.notify_all()

    def begin_anew(self) -> None:
        """Void what was given; the next band is the first one."""
        with self._change:
            self._bands.clear()
            self._bytes, self._anew = 0, True
            self._change.notify_all()

    def end(self, failure: BaseException | None = None) -> None:
        """Nothing follows; a failure is raised where the bands are taken."""
        with self._change:
            self._ended, self._failure = True, failure
            self._change.notify_all()

    def take(self) -> Iterator[Samples]:
        """The bands, from the top.

        Raises:
            BegunAnewError: call this again, and forget what came before.
            BaseException: what the giver has failed with.
        """
        while True:
            with self._change:
                self.taker_waited += self._wait(lambda: bool(self._bands) or self._ended or self._anew)
                if self._anew:
                    self._anew = False
                    raise BegunAnewError
                if self._failure is not None:
                    raise self._failure
                if not self._bands:
                    return
                band = self._bands.popleft()
                self._bytes -= band.nbytes
                self._change.notify_all()
            yield band
            del band

    def _wait(self, until: Callable[[], bool]) -> float:
        began = time.perf_counter()
        self._change.wait_for(until)
        return time.perf_counter() - began

    def leave(self) -> None:
        """Take nothing more."""
        with self._change:
            self._left = True
            self._bands.clear()
            self._bytes = 0
            self._change.notify_all()
