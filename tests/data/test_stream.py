"""Batches prepared ahead by threads."""

import threading

from srgan.data import BatchStream


class Slow(BatchStream[int]):
    """Step 0 is ready after step 1."""

    def __init__(self, *, workers: int, ahead: int) -> None:
        super().__init__(workers=workers, ahead=ahead)
        self._second = threading.Event()

    def batch(self, step: int) -> int:
        if step == 0:
            assert self._second.wait(10)
        if step == 1:
            self._second.set()
        return step


def test_batches_come_in_order_whichever_is_ready_first() -> None:
    source = Slow(workers=2, ahead=2)
    stream = source.iterate(0)
    assert [next(stream) for _ in range(4)] == [0, 1, 2, 3]
    stream.close()
    assert source.waited > 0
