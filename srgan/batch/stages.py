"""The three stages of a job, overlapped: decoding | network | encoding.

Decoding and encoding have several workers, the network one thread a device (it uses all cores, or the GPU, by itself).
Queues between them hold one picture each, and a budget of bytes keeps the pictures in hand bounded even when they are
large.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

__all__ = ["Budget", "Pipeline"]

_Item = TypeVar("_Item")
_Decoded = TypeVar("_Decoded")
_Scaled = TypeVar("_Scaled")
_Done = TypeVar("_Done")


class Budget:
    """A bounded amount of something that pictures take and give back; the first one always gets what it asks for."""

    def __init__(self, total: int) -> None:
        """Start with nothing taken of `total`."""
        self._total = total
        self._taken = 0
        self._change = threading.Condition()

    def take(self, amount: int) -> float:
        """Wait until there is room, then take; returns for how many seconds."""
        began = time.perf_counter()
        with self._change:
            self._change.wait_for(lambda: self._taken == 0 or self._taken + amount <= self._total)
            self._taken += amount
        return time.perf_counter() - began

    def give(self, amount: int) -> None:
        """Give back what was taken."""
        with self._change:
            self._taken -= amount
            self._change.notify_all()


class _Shift:
    """Threads that leave one after the other."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def last(self) -> bool:
        """Leave; whether nobody is there any more."""
        with self._lock:
            self._left -= 1
            return not self._left


class Pipeline(Generic[_Item, _Decoded, _Scaled, _Done]):
    """Runs the stages; each function either passes its picture on or ends it with a `_Done`.

    The functions must not raise: a failure is a result too.
    """

    def __init__(
        self,
        *,
        decode: Callable[[], AbstractContextManager[Callable[[_Item], tuple[_Decoded | None, _Done | None]]]],
        scale: Sequence[Callable[[_Decoded], tuple[_Scaled | None, _Done | None]]],
        feed: Callable[[_Scaled], None],
        encode: Callable[[_Scaled], _Done],
        drop: Callable[[_Decoded], None],
        stop: threading.Event,
        workers: int,
    ) -> None:
        """Choose the functions.

        Args:
            decode: called once in each decoding thread, gives the function for its items; left after the last one.
            scale: the network, once for every device; each runs in one thread only.
            feed: called there with what `scale` has passed on, while an encoder may be at it already: to compute the
                rest of a picture that was passed on before it was finished.
            encode: the end of every good picture.
            drop: releases a decoded picture that is not continued because of `stop`.
            stop: when set, nothing new is started; what the network and the encoders have in hand is finished.
            workers: number of decoding and of encoding threads.
        """
        self._make_decode, self._scales, self._feed, self._encode, self._drop = decode, scale, feed, encode, drop
        self._stop = stop
        self._workers = workers
        self._decoding, self._scaling = _Shift(workers), _Shift(len(scale))
        self._decoded: queue.Queue[_Decoded | None] = queue.Queue(1)
        self._scaled: queue.Queue[_Scaled | None] = queue.Queue(1)
        self._results: queue.Queue[_Done | None] = queue.Queue()
        self._source: Iterator[_Item] = iter(())
        self._source_lock = threading.Lock()

    def run(self, items: Iterator[_Item]) -> Generator[_Done, None, None]:
        """Yield the results as they come; when this is left early, what is in hand is finished first."""
        self._source = items
        threads = [threading.Thread(target=self._decode_loop, daemon=True) for _ in range(self._workers)]
        threads += [threading.Thread(target=self._scale_loop, args=(scale,), daemon=True) for scale in self._scales]
        threads += [threading.Thread(target=self._encode_loop, daemon=True) for _ in range(self._workers)]
        for thread in threads:
            thread.start()
        try:
            ended = 0
            while ended < len(threads):
                result = self._results.get()
                if result is None:
                    ended += 1
                else:
                    yield result
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _next(self) -> _Item | None:
        with self._source_lock:
            return None if self._stop.is_set() else next(self._source, None)

    def _decode_loop(self) -> None:
        with self._make_decode() as decode:
            while (item := self._next()) is not None:
                decoded, done = decode(item)
                if done is not None:
                    self._results.put(done)
                if decoded is not None:
                    self._decoded.put(decoded)
                del decoded
        if self._decoding.last():
            for _ in self._scales:
                self._decoded.put(None)
        self._results.put(None)

    def _scale_loop(self, scale: Callable[[_Decoded], tuple[_Scaled | None, _Done | None]]) -> None:
        while (decoded := self._decoded.get()) is not None:
            if self._stop.is_set():
                self._drop(decoded)
                continue
            scaled, done = scale(decoded)
            del decoded
            if done is not None:
                self._results.put(done)
            if scaled is not None:
                self._scaled.put(scaled)
                self._feed(scaled)
                del scaled
        if self._scaling.last():
            for _ in range(self._workers):
                self._scaled.put(None)
        self._results.put(None)

    def _encode_loop(self) -> None:
        while (scaled := self._scaled.get()) is not None:
            self._results.put(self._encode(scaled))
            del scaled
        self._results.put(None)
