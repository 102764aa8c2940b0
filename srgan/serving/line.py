"""The orders that wait for a worker: a bounded line, in which large pictures never take all workers."""

import threading
from collections import deque

from srgan.serving.failures import RequestError
from srgan.serving.order import Order

__all__ = ["Line"]


class Line:
    """First come, first served, except that large pictures wait in a line of their own for the workers left to them."""

    def __init__(self, *, places: int, job_places: int, workers: int) -> None:
        """Start empty.

        Args:
            places: pictures that are accepted and not yet answered, at most.
            job_places: the same for those that nobody waits for.
            workers: that will ask; one of them stays free of large pictures if there are several.
        """
        self._places = {False: places, True: job_places}
        self._taken = {False: 0, True: 0}
        self._for_large = max(1, workers - 1)
        self._large_in_hand = 0
        self._waiting: deque[Order] = deque()
        self._large: deque[Order] = deque()
        self._change = threading.Condition()
        self._closed = False
        self._seconds = 1.0

    @property
    def length(self) -> int:
        """Pictures accepted and not yet answered."""
        return sum(self._taken.values())

    @property
    def waiting(self) -> int:
        """Of these, the ones that no worker has in hand."""
        with self._change:
            return len(self._waiting) + len(self._large)

    def taken(self, *, job: bool = False) -> int:
        """How many of these are jobs, or are not."""
        return self._taken[job]

    def is_full(self, *, job: bool = False) -> bool:
        """Whether one more would be refused."""
        return self._taken[job] >= self._places[job]

    def check(self, *, job: bool = False) -> None:
        """Refuse one more when the line is full.

        Raises:
            RequestError: 429.
        """
        if self.is_full(job=job):
            seconds = max(1, min(60, round(self._taken[job] * self._seconds / 2)))
            raise RequestError(429, "queue_full", "too many pictures are waiting; try again", retry_after=seconds)

    def put(self, order: Order, *, job: bool = False) -> None:
        """Accept an order.

        Raises:
            RequestError: 429: the line is full.
        """
        with self._change:
            self.check(job=job)
            self._taken[job] += 1
            self._waiting.append(order)
            self._change.notify()
        order.answer.add_done_callback(lambda _: self._left(job))

    def take(self) -> Order | None:
        """Wait for the next order; None when the line is closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._waiting or self._may_take_large())
            if self._closed:
                return None
            if (
                self._large
                and self._may_take_large()
                and not (self._waiting and self._waiting[0].number < self._large[0].number)
            ):
                self._large_in_hand += 1
                return self._large.popleft()
            return self._waiting.popleft()

    def stand_aside(self, order: Order) -> bool:
        """Tell that the order in hand has turned out to be large; whether it has to wait for others of its kind."""
        with self._change:
            order.large = True
            if self._large_in_hand < self._for_large and not self._large:
                self._large_in_hand += 1
                return False
            self._large.append(order)
            return True

    def done(self, order: Order, seconds: float) -> None:
        """Tell that the worker is free again, after so many seconds."""
        with self._change:
            self._seconds += (seconds - self._seconds) / 8
            if order.large:
                self._large_in_hand -= 1
            self._change.notify_all()

    def close(self) -> list[Order]:
        """Let no worker wait any more; returns the orders that nobody will take."""
        with self._change:
            self._closed = True
            left = [*self._waiting, *self._large]
            self._waiting.clear()
            self._large.clear()
            self._change.notify_all()
            return left

    def _may_take_large(self) -> bool:
        return bool(self._large) and self._large_in_hand < self._for_large

    def _left(self, job: bool) -> None:
        with self._change:
            self._taken[job] -= 1
