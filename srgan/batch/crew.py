"""Workers of a Ray cluster that share a list of tasks. A worker that dies costs a retry of what it had in hand."""

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from srgan.batch.ray_cluster import Cluster, ray_cluster
from srgan.errors import SrganError, UsageError

__all__ = ["Craft", "Labour", "spread"]

_Task = TypeVar("_Task")
_Done = TypeVar("_Done")
_Given = TypeVar("_Given", contravariant=True)
_Made = TypeVar("_Made", covariant=True)

Labour: TypeAlias = Callable[[Iterator[tuple[int, _Task]]], Iterator[tuple[int, _Done]]]
"""Works through numbered tasks, of which the next may have to be waited for, and says what became of each number."""

# A task that was in hand when so many workers died is given out alone, which shows whether it is to blame ...
_SUSPECT = 2
# ... and is given up after so many deaths.
_DEATHS = 5
_BARREN = 3
_POLL, _PATIENCE = 0.5, 60.0


class Craft(Protocol[_Given, _Made]):
    """What workers can do; sent to each of them, so that it must be possible to pickle."""

    @property
    def in_hand(self) -> int:
        """How many tasks keep a worker busy."""

    def open(self) -> tuple[str, Labour[_Given, _Made]]:
        """In the worker: load what is needed; returns what runs there, in words, and the work.

        Raises:
            SrganError: it cannot be had there.
        """

    def lost(self, task: _Given, message: str) -> _Made:
        """What becomes of a task that is given up."""


def spread(
    craft: Craft[_Task, _Done],
    tasks: Sequence[_Task],
    cluster: Cluster,
    *,
    stop: threading.Event,
    say: Callable[[str], None],
) -> Generator[tuple[int, _Done], None, None]:
    """Have tasks done on a cluster; yields the place in `tasks` and the result of each, as soon as it is there.

    Every task is answered once. It may be done more than once, when a worker dies after the work and before its
    answer, so doing it again must do no harm.

    Args:
        craft: how they are done.
        tasks: each can be pickled.
        cluster: where.
        stop: when set, nothing new is given out, and what is in hand is finished.
        say: told what a person should know.

    Raises:
        UsageError: no cluster, or its workers die before they are ready.
        SrganError: whatever the work raises.
    """
    with ray_cluster(cluster) as ray:
        crew = _Crew(ray, craft, tasks, cluster, say)
        try:
            yield from crew.run(stop)
        finally:
            crew.dismiss()


class _Bench(Generic[_Task, _Done]):
    """The process of a worker: the work runs in a thread of its own, tasks come and results go as they are asked for.

    All its answers come from one call at a time, so that Ray's order of calls does not matter.
    """

    def __init__(self, craft: Craft[_Task, _Done]) -> None:
        self._craft = craft
        self._tasks: queue.SimpleQueue[tuple[int, _Task] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, _Done] | Exception] = queue.SimpleQueue()

    def open(self) -> str:
        """Load what is needed; returns what runs here."""
        words, labour = self._craft.open()

        def work() -> None:
            try:
                for pair in labour(iter(self._tasks.get, None)):
                    self._done.put(pair)
            except Exception as error:
                self._done.put(error)

        threading.Thread(target=work, daemon=True).start()
        return words

    def exchange(self, tasks: list[tuple[int, _Task]]) -> list[tuple[int, _Done]]:
        """Take tasks; give back what is finished, at least one."""
        for task in tasks:
            self._tasks.put(task)
        results = [self._done.get()]
        while not self._done.empty():
            results.append(self._done.get())
        failure = next((result for result in results if isinstance(result, Exception)), None)
        if failure is not None:
            raise failure
        return [result for result in results if not isinstance(result, Exception)]


@dataclass(eq=False)
class _Worker:
    """What the driver knows of a worker: its actor, what it was asked last, and the tasks that it has."""

    actor: Any
    call: Any
    ready: bool = False
    hand: set[int] = field(default_factory=set)


class _Crew(Generic[_Task, _Done]):
    def __init__(
        self,
        ray: Any,  # noqa: ANN401
        craft: Craft[_Task, _Done],
        tasks: Sequence[_Task],
        cluster: Cluster,
        say: Callable[[str], None],
    ) -> None:
        self._ray, self._craft, self._tasks, self._cluster, self._say = ray, craft, tasks, cluster, say
        self._waiting = deque(range(len(tasks)))
        self._deaths: Counter[int] = Counter()
        self._workers: list[_Worker] = []
        self._barren = 0
        self._told = False
        self._began = time.monotonic()
        self._actor = ray.remote(_Bench).options(num_cpus=cluster.cpus, num_gpus=cluster.gpus, max_restarts=0)

    def run(self, stop: threading.Event) -> Generator[tuple[int, _Done], None, None]:
        for _ in range(min(self._cluster.workers, len(self._tasks))):
            self._hire()
        while True:
            if stop.is_set():
                self._waiting.clear()
            if not self._waiting and not any(worker.hand for worker in self._workers):
                return
            calls = {worker.call: worker for worker in self._workers if worker.call is not None}
            answered, _ = self._ray.wait(list(calls), num_returns=1, timeout=_POLL)
            for call in answered:
                yield from self._take(calls[call])
            for worker in self._workers:
                self._supply(worker)
            self._look_around()

    def dismiss(self) -> None:
        for worker in self._workers:
            self._ray.kill(worker.actor)

    def _hire(self) -> None:
        actor = self._actor.remote(self._craft)
        self._workers.append(_Worker(actor, actor.open.remote()))

    def _take(self, worker: _Worker) -> Generator[tuple[int, _Done], None, None]:
        """The answer of a worker."""
        call, worker.call = worker.call, None
        try:
            answer = self._ray.get(call)
        except self._ray.exceptions.RayActorError as error:
            yield from self._bury(worker, error)
            return
        except self._ray.exceptions.RayTaskError as error:
            raise (error.cause if isinstance(error.cause, SrganError) else error) from None
        self._barren = 0
        if not worker.ready:
            worker.ready = True
            if not self._told:
                self._say(f"workers run {answer}")
            self._told = True
            return
        for number, done in answer:
            worker.hand.discard(number)
            yield number, done

    def _bury(self, worker: _Worker, error: Exception) -> Generator[tuple[int, _Done], None, None]:
        """Take back what a dead worker had in hand, and put another one in its place."""
        self._workers.remove(worker)
        # One that is only out of reach must not come back: its tasks are given to another.
        self._ray.kill(worker.actor)
        if not worker.ready:
            self._barren += 1
            if self._barren >= _BARREN:
                reason = str(error).strip().splitlines()[-1][:300]
                raise UsageError(
                    f"{_BARREN} workers ended before they were ready; try fewer, or machines with more memory: {reason}"
                ) from error
        self._say(f"a worker died: {len(worker.hand)} tasks are given to another one")
        for number in sorted(worker.hand, reverse=True):
            self._deaths[number] += 1
            if self._deaths[number] < _DEATHS:
                self._waiting.appendleft(number)
            else:
                words = f"{_DEATHS} workers died while they had it, most likely for their memory"
                yield number, self._craft.lost(self._tasks[number], words)
        self._hire()

    def _supply(self, worker: _Worker) -> None:
        """Give a worker that waits for it something to do."""
        if not worker.ready or worker.call is not None:
            return
        given: list[tuple[int, _Task]] = []
        alone = any(self._suspect(number) for number in worker.hand)
        while self._waiting and not alone and len(worker.hand) < self._craft.in_hand:
            alone = self._suspect(self._waiting[0])
            if alone and worker.hand:
                break
            number = self._waiting.popleft()
            worker.hand.add(number)
            given.append((number, self._tasks[number]))
        if worker.hand:
            worker.call = worker.actor.exchange.remote(given)

    def _suspect(self, number: int) -> bool:
        return self._deaths[number] >= _SUSPECT

    def _look_around(self) -> None:
        """Say once why nothing happens."""
        if self._told or time.monotonic() - self._began < _PATIENCE:
            return
        self._told = True
        wish = f"{self._cluster.cpus:g} CPUs and {self._cluster.gpus:g} GPUs"
        there = self._ray.cluster_resources()
        has = ", ".join(f"{there.get(kind, 0):g} {kind}s" for kind in ("CPU", "GPU"))
        self._say(f"no worker is ready yet: each wants {wish}, the cluster has {has}")
