import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from srgan.batch import Budget, Pipeline


class Stages:
    """Counts what is in hand; item n becomes n + 1, then a text."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.in_hand = self.most = 0
        self.lock = threading.Lock()
        self.scaling = 0
        self.dropped: list[int] = []
        self.scaled: list[int] = []
        self.fed: list[int] = []
        self.left = 0

    @contextlib.contextmanager
    def decoder(self) -> Iterator[Callable[[int], tuple[int | None, str | None]]]:
        def decode(item: int) -> tuple[int | None, str | None]:
            if item % 10 == 3:
                return None, f"bad {item}"
            with self.lock:
                self.in_hand += 1
                self.most = max(self.most, self.in_hand)
            return item, None

        yield decode
        self.left += 1

    def scale(self, item: int) -> tuple[int | None, str | None]:
        self.scaling += 1
        assert self.scaling == 1, "two networks at once"
        time.sleep(0.001)
        self.scaling -= 1
        if item % 10 == 7:
            with self.lock:
                self.in_hand -= 1
            return None, f"bad {item}"
        self.scaled.append(item)
        return item + 1, None

    def feed(self, item: int) -> None:
        self.fed.append(item)

    def encode(self, item: int) -> str:
        with self.lock:
            self.in_hand -= 1
        return f"good {item - 1}"

    def pipeline(self, workers: int) -> Pipeline[int, int, int, str]:
        return Pipeline(
            decode=self.decoder,
            scale=[self.scale],
            feed=self.feed,
            encode=self.encode,
            drop=self.dropped.append,
            stop=self.stop,
            workers=workers,
        )


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 57])
def test_every_item_ends_once(workers: int, count: int) -> None:
    stages = Stages()
    results = list(stages.pipeline(workers).run(iter(range(count))))
    assert sorted(results) == sorted(f"{'bad' if n % 10 in (3, 7) else 'good'} {n}" for n in range(count))
    assert stages.in_hand == 0
    assert stages.most <= 2 * workers + 3, "queues are not bounded"
    assert stages.fed == [n + 1 for n in stages.scaled]
    assert stages.left == workers, "a decoder was not left"


@pytest.mark.parametrize("devices", [2, 3])
@pytest.mark.parametrize("workers", [1, 4])
def test_devices_share_the_items(workers: int, devices: int) -> None:
    """Each takes the next one when it is free; all have one in hand at the same time."""
    meet = threading.Barrier(devices)
    taken: list[list[int]] = [[] for _ in range(devices)]

    def scaler(mine: list[int]) -> Callable[[int], tuple[int, None]]:
        def scale(item: int) -> tuple[int, None]:
            if not mine:
                meet.wait(10)
            mine.append(item)
            return item, None

        return scale

    pipeline: Pipeline[int, int, int, int] = Pipeline(
        decode=lambda: contextlib.nullcontext(lambda item: (item, None)),
        scale=[scaler(mine) for mine in taken],
        feed=lambda item: None,
        encode=lambda item: item,
        drop=lambda item: None,
        stop=threading.Event(),
        workers=workers,
    )
    before = threading.active_count()
    assert sorted(pipeline.run(iter(range(60)))) == list(range(60))
    assert sorted(item for mine in taken for item in mine) == list(range(60))
    assert threading.active_count() == before


def test_stages_overlap() -> None:
    """Three stages of 20 ms each for 20 items take little more than one of them."""

    def slow(item: int) -> tuple[int, None]:
        time.sleep(0.02)
        return item, None

    pipeline: Pipeline[int, int, int, int] = Pipeline(
        decode=lambda: contextlib.nullcontext(slow),
        scale=[slow],
        feed=lambda item: None,
        encode=lambda item: slow(item)[0],
        drop=lambda item: None,
        stop=threading.Event(),
        workers=1,
    )
    began = time.monotonic()
    assert len(list(pipeline.run(iter(range(20))))) == 20
    assert time.monotonic() - began < 0.9


def test_stop_finishes_what_is_in_hand_and_starts_nothing_new() -> None:
    stages = Stages()
    results = []
    for result in stages.pipeline(2).run(iter(range(1000))):
        results.append(result)
        stages.stop.set()
    assert 1 <= len(results) < 20
    assert len(results) == len(set(results))
    assert stages.in_hand == len(stages.dropped)


def test_leaving_early_ends_the_threads() -> None:
    stages = Stages()
    before = threading.active_count()
    run = stages.pipeline(3).run(iter(range(1000)))
    next(run)
    run.close()
    assert threading.active_count() == before


def test_the_budget_makes_the_next_one_wait() -> None:
    budget = Budget(100)
    budget.take(500)  # alone it may have more than there is
    taken = threading.Event()

    def take() -> None:
        budget.take(60)
        taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not taken.wait(0.05)
    budget.give(500)
    assert taken.wait(5)
    thread.join()
    budget.take(40)
    budget.give(100)
