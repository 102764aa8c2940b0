"""Items of numbered steps, prepared by threads while the network works."""

import itertools
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

__all__ = ["BatchStream"]

Item = TypeVar("Item")


class BatchStream(ABC, Generic[Item]):
    """Endless batches, each of which depends on the number of its step alone.

    Args:
        workers: threads that prepare batches; a batch is the same, whichever thread made it.
        ahead: batches kept ready.

    Attributes:
        waited: seconds that callers of `iterate` had to wait so far.
    """

    def __init__(self, *, workers: int, ahead: int) -> None:
        self._workers, self._ahead = workers, ahead
        self.waited = 0.0

    @abstractmethod
    def batch(self, step: int) -> Item:
        """The batch of one step; called by several threads at a time."""

    def iterate(self, start: int) -> Generator[Item, None, None]:
        """Batches from step `start` on; adds the time that the caller had to wait to `waited` (seconds)."""
        steps = itertools.count(start)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="srgan-batches")
        ready = deque(pool.submit(self.batch, next(steps)) for _ in range(max(self._ahead, self._workers)))
        try:
            while True:
                began = time.perf_counter()
                item = ready.popleft().result()
                self.waited += time.perf_counter() - began
                ready.append(pool.submit(self.batch, next(steps)))
                yield item
        finally:
            pool.shutdown(cancel_futures=True)
