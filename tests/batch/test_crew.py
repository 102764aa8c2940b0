"""How tasks are given out to workers that die, without Ray: its part that is used, in this process."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from srgan.batch import crew
from srgan.batch.crew import Labour, spread
from srgan.batch.ray_cluster import Cluster
from srgan.errors import ModelError, UsageError


class _ActorError(Exception):
    pass


class _TaskError(Exception):
    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass
class FakeRay:
    """Workers answer when they are waited for; `dies(tasks)` says whether one dies of a call."""

    dies: Callable[[list[int]], bool]
    given: list[list[int]] = field(default_factory=list)
    killed: int = 0
    exceptions: Any = field(default_factory=lambda: SimpleNamespace(RayActorError=_ActorError, RayTaskError=_TaskError))

    def remote(self, kind: Any) -> SimpleNamespace:  # noqa: ANN401
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda craft: self._actor(kind(craft))))

    def _actor(self, bench: Any) -> SimpleNamespace:  # noqa: ANN401
        hand: list[int] = []
        dead: list[bool] = []

        def opening() -> str:
            if self.dies([-1]):
                raise _ActorError("killed\nfor its memory")
            try:
                words: str = bench.open()
            except Exception as error:
                raise _TaskError(error) from error
            return words

        def exchange(tasks: list[tuple[int, int]]) -> Any:  # noqa: ANN401
            hand.extend(number for number, _ in tasks)

            def answer() -> list[tuple[int, str]]:
                self.given.append(list(hand))
                if dead or self.dies(hand):
                    dead.append(True)
                    raise _ActorError("it died")
                bench._tasks.put((hand[0], dict(tasks).get(hand[0], hand[0])))
                hand.pop(0)
                results: list[tuple[int, str]] = bench.exchange([])
                return results

            return _Call(answer)

        return SimpleNamespace(
            open=SimpleNamespace(remote=lambda: _Call(opening)), exchange=SimpleNamespace(remote=exchange)
        )

    def wait(self, calls: list[Any], num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        return calls[-1:], calls[:-1]

    def get(self, call: Any) -> Any:  # noqa: ANN401
        return call.answer()

    def kill(self, actor: Any) -> None:  # noqa: ANN401
        self.killed += 1


@dataclass(eq=False)
class _Call:
    answer: Callable[[], Any]


@dataclass
class Doubling:
    """A craft: it says the number twice."""

    in_hand: int = 3
    failure: Exception | None = None

    def open(self) -> tuple[str, Labour[int, str]]:
        if self.failure is not None:
            raise self.failure

        def labour(tasks: Iterator[tuple[int, int]]) -> Iterator[tuple[int, str]]:
            for number, task in tasks:
                yield number, f"{task}{task}"

        return "fingers", labour

    def lost(self, task: int, message: str) -> str:
        return f"lost {task}"


def _spread(
    monkeypatch: pytest.MonkeyPatch, ray: FakeRay, craft: Doubling, count: int, stop: threading.Event | None = None
) -> tuple[list[tuple[int, str]], list[str]]:
    monkeypatch.setattr(crew, "ray_cluster", lambda cluster: contextlib.nullcontext(ray))
    said: list[str] = []
    results = list(spread(craft, range(count), Cluster(workers=2), stop=stop or threading.Event(), say=said.append))
    return results, said


def test_every_task_is_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay(lambda hand: False)
    results, said = _spread(monkeypatch, ray, Doubling(), 20)
    assert sorted(results) == [(number, f"{number}{number}") for number in range(20)]
    assert max(map(len, ray.given)) == 3
    assert said == ["workers run fingers"]
    assert ray.killed == 2


def test_what_dead_workers_had_is_done_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = iter([False] * 7 + [True] + [False] * 3 + [True] + [False] * 100)
    results, said = _spread(monkeypatch, FakeRay(lambda hand: next(deaths)), Doubling(), 20)
    assert sorted(results) == [(number, f"{number}{number}") for number in range(20)]
    assert sum("a worker died" in line for line in said) == 2


def test_a_task_that_kills_is_found_and_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay(lambda hand: 4 in hand)
    results, _ = _spread(monkeypatch, ray, Doubling(), 12)
    assert dict(results) == {number: "lost 4" if number == 4 else f"{number}{number}" for number in range(12)}
    assert len(results) == 12
    fatal = [hand for hand in ray.given if 4 in hand]
    assert len(fatal) == 5
    assert fatal[2:] == [[4]] * 3


def test_workers_that_die_before_they_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"3 workers ended before they were ready.*for its memory"):
        _spread(monkeypatch, FakeRay(lambda hand: hand == [-1]), Doubling(), 5)


def test_errors_of_the_work_come_here(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="no such model"):
        _spread(monkeypatch, FakeRay(lambda hand: False), Doubling(failure=ModelError("no such model")), 5)


def test_nothing_is_given_out_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    ray = FakeRay(lambda hand: False)

    def stops(hand: list[int]) -> bool:
        if len(ray.given) == 4:
            stop.set()
        return False

    ray.dies = stops
    results, _ = _spread(monkeypatch, ray, Doubling(), 20, stop)
    assert 4 <= len(results) <= 9
    assert set(dict(results)) == {number for hand in ray.given for number in hand}
