import threading
import time
from typing import Any

import numpy as np
import pytest

from srgan.batch.handing import BandQueue, BegunAnewError, NotWantedError


def band(value: int) -> Any:  # noqa: ANN401
    return np.full(10, value, np.uint8)


def values(queue: BandQueue) -> list[int]:
    return [int(part[0]) for part in queue.take()]


def test_bands_come_in_order() -> None:
    queue = BandQueue()

    def give() -> None:
        for value in range(100):
            queue.put(band(value))
        queue.end()

    thread = threading.Thread(target=give)
    thread.start()
    assert values(queue) == list(range(100))
    thread.join()


def test_the_giver_waits_while_there_are_many() -> None:
    queue = BandQueue(most=25)
    given: list[int] = []

    def give() -> None:
        for value in range(9):
            queue.put(band(value))
            given.append(value)
        queue.end()

    thread = threading.Thread(target=give)
    thread.start()
    deadline = time.monotonic() + 30
    while len(given) < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.05)
    assert len(given) == 3, "more than the bound, by one band at most"
    assert values(queue) == list(range(9))
    thread.join()


def test_a_failure_is_raised_where_bands_are_taken() -> None:
    queue = BandQueue()
    queue.put(band(1))
    queue.end(MemoryError("no room"))
    with pytest.raises(MemoryError, match="no room"):
        values(queue)


def test_a_taker_that_leaves_frees_the_giver() -> None:
    queue = BandQueue(most=5)
    queue.put(band(1))
    raised = []

    def give() -> None:
        try:
            queue.put(band(2))
        except NotWantedError as error:
            raised.append(error)

    thread = threading.Thread(target=give)
    thread.start()
    queue.leave()
    thread.join(30)
    assert not thread.is_alive()
    assert raised
    with pytest.raises(NotWantedError):
        queue.put(band(3))


def test_what_begins_anew_is_told_before_anything_else() -> None:
    queue = BandQueue()
    queue.put(band(1))
    taking = queue.take()
    assert next(taking)[0] == 1
    queue.put(band(2))
    queue.begin_anew()
    queue.put(band(3))
    queue.end()
    with pytest.raises(BegunAnewError):
        next(taking)
    assert values(queue) == [3]
