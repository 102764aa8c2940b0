"""The one loop that computes, and the line before it."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.runtime import bicubic
from srgan.serving.failures import RequestError
from srgan.serving.inference import InferenceLoop, LoopSession
from srgan.serving.line import Line
from srgan.serving.options import UpscaleOptions
from srgan.serving.order import CURRENT, Order


class Fake:
    """A session that repeats every pixel, notes its batches, and fails when a tile says so."""

    backend, precision, notes = "fake", "fp32", ()

    def __init__(self, device: str = "CUDA (fake)", gate: threading.Event | None = None) -> None:
        self.device = device
        self.batches: list[int] = []
        self.marks: list[int] = []
        self._gate = gate

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        raise AssertionError("8-bit pictures go the other way")

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        if self._gate is not None:
            self._gate.wait(10)
        self.batches.append(len(batch))
        self.marks += [int(tile[0, 0, 0]) for tile in batch]
        if (batch == 255).any():
            raise RuntimeError("the device is ill")
        return batch.repeat(2, 1).repeat(2, 2)


def _order(*, large: bool = False, seconds: float = 60.0) -> Order:
    order = Order("upscale", bicubic(), UpscaleOptions.model_validate({}), b"x", seconds=seconds)
    order.large = large
    return order


def _tile(mark: int) -> NDArray[np.uint8]:
    return np.full((1, 4, 4, 3), mark, np.uint8)


def _together(works: Sequence[Callable[[], object]], gate: threading.Event) -> list[object]:
    """Run functions in a thread each, which start in turn; the gate opens when all are waiting."""
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        try:
            results[index] = works[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    gate.set()
    for thread in threads:
        thread.join(10)
    return results


@pytest.fixture
def loop() -> Any:  # noqa: ANN401
    loop = InferenceLoop()
    loop.start()
    yield loop
    loop.stop()


def _under(order: Order, session: LoopSession, mark: int, tiles: int = 1) -> Callable[[], list[NDArray[np.uint8]]]:
    def work() -> list[NDArray[np.uint8]]:
        CURRENT.set(order)
        return [session.run_pixels(_tile(mark)) for _ in range(tiles)]

    return work


def test_tiles_of_several_pictures_are_computed_together_on_a_gpu(loop: InferenceLoop) -> None:
    gate = threading.Event()
    fake = Fake(gate=gate)
    session = LoopSession(fake, loop)
    results: Any = _together([_under(_order(), session, mark) for mark in range(6)], gate)
    assert [int(result[0][0, 0, 0, 0]) for result in results] == list(range(6))
    assert all(result[0].shape == (1, 8, 8, 3) for result in results)
    assert fake.batches == [1, 5]


def test_on_a_cpu_they_are_not(loop: InferenceLoop) -> None:
    gate = threading.Event()
    fake = Fake("CPU (fake)", gate)
    _together([_under(_order(), LoopSession(fake, loop), mark) for mark in range(4)], gate)
    assert fake.batches == [1, 1, 1, 1]
    assert fake.marks == [0, 1, 2, 3], "first come, first served"


def test_an_error_costs_only_its_own_picture(loop: InferenceLoop) -> None:
    gate = threading.Event()
    session = LoopSession(Fake(gate=gate), loop)
    results: Any = _together([_under(_order(), session, mark) for mark in (1, 2, 255, 3)], gate)
    assert isinstance(results[2], RuntimeError)
    assert [int(results[index][0][0, 0, 0, 0]) for index in (0, 1, 3)] == [1, 2, 3]
    assert session.run_pixels(_tile(7)).shape == (1, 8, 8, 3), "and the loop goes on"


def test_a_large_picture_shares_the_device_with_small_ones(loop: InferenceLoop) -> None:
    gate = threading.Event()
    fake = Fake("CPU (fake)", gate)
    session = LoopSession(fake, loop)
    large, small = _order(large=True), [_order() for _ in range(5)]
    works = [_under(large, session, 9, tiles=40)] + [_under(order, session, mark) for mark, order in enumerate(small)]
    _together(works, gate)
    last = max(fake.marks.index(mark) for mark in range(5))
    assert last < 25, "small pictures do not wait for the end of a large one"
    assert len(fake.marks) == 45


def test_who_gave_up_or_is_late_computes_no_more(loop: InferenceLoop) -> None:
    session = LoopSession(Fake(), loop)
    gone, late = _order(), _order(seconds=0.0)
    gone.cancel()
    for order, status in ((gone, 499), (late, 504)):
        CURRENT.set(order)
        with pytest.raises(RequestError) as refused:
            session.run_pixels(_tile(1))
        assert refused.value.status == status
    CURRENT.set(None)


def test_the_line_is_bounded() -> None:
    line = Line(places=2, job_places=1, workers=2)
    first, second, job = _order(), _order(), _order()
    line.put(first)
    line.put(second)
    with pytest.raises(RequestError) as refused:
        line.put(_order())
    assert (refused.value.status, refused.value.code) == (429, "queue_full")
    assert (refused.value.retry_after or 0) >= 1
    line.put(job, job=True)
    assert line.take() is first
    with pytest.raises(RequestError):
        line.check()
    first.answer.set_exception(RequestError(422, "corrupt", "test"))
    line.check()
    assert line.length == 2


def test_large_pictures_leave_a_worker_free() -> None:
    line = Line(places=9, job_places=9, workers=2)
    orders = [_order() for _ in range(4)]
    for order in orders:
        line.put(order)
    assert line.take() is orders[0]
    assert not line.stand_aside(orders[0])
    assert line.take() is orders[1]
    assert line.stand_aside(orders[1]), "the second large one waits"
    assert line.take() is orders[2], "for which a small one goes first"
    line.done(orders[2], 0.1)
    line.done(orders[0], 0.1)
    assert line.take() is orders[1], "until the first large one is done"
    assert line.take() is orders[3]
