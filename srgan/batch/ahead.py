"""Pictures that come out in the order in which they came in, computed by a team that is ahead of who takes them."""

import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from srgan.runtime import Model

__all__ = ["in_order"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(
    items: Iterable[_Item], work: Callable[[Model, _Item], _Result], team: Sequence[Model], most: int
) -> Generator[tuple[_Item, _Result], None, None]:
    """Yield each item with its result; while one is taken, the next ones are computed already.

    Args:
        items: asked for the next one, in this thread, when there is room for it.
        work: computes one with a member of the team.
        team: each has one item in hand at a time.
        most: items that are in hand at a time, 1 at least.

    Raises:
        Exception: whatever `work` raises; what is in hand is finished, and nothing new begun.
    """
    free: queue.SimpleQueue[Model] = queue.SimpleQueue()
    for model in team[:most]:
        free.put(model)

    def compute(item: _Item) -> _Result:
        model = free.get()
        try:
            return work(model, item)
        finally:
            free.put(model)

    hands = min(len(team), most)
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    pool = ThreadPoolExecutor(hands)
    try:
        for item in items:
            waiting.append((item, pool.submit(compute, item)))
            if len(waiting) > hands:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()
    finally:
        pool.shutdown(cancel_futures=True)
