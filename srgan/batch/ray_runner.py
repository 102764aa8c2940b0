"""Running a job on a Ray cluster: the stages of the local runner, in workers that each hold the model."""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from srgan.batch.choice import ModelChoice
from srgan.batch.conduct import conduct, silent
from srgan.batch.crew import Labour, spread
from srgan.batch.job import Item, Job, Result, Summary
from srgan.batch.journal import Journal, Row
from srgan.batch.local import work_through
from srgan.batch.outcome import Outcome
from srgan.batch.ray_cluster import Cluster
from srgan.files import sweep_temporaries
from srgan.runtime.loading import HANDS

__all__ = ["run_on_ray"]

_Task = tuple[Item, Row | None]


def run_on_ray(
    job: Job,
    choice: ModelChoice,
    cluster: Cluster,
    *,
    on_result: Callable[[Result], None] = silent,
    on_plan: Callable[[int], None] = silent,
    say: Callable[[str], None] = silent,
) -> Summary:
    """Do on a cluster what `srgan.batch.run` does here, with the same outputs, journals, counts and errors.

    Inputs, outputs and the model's file must have the same paths on all machines. This process plans, holds the locks
    and keeps the journals; workers read, compute and write. Outputs get their names complete, so that a worker may die
    at any time: what it had in hand is done again by another one.

    Args:
        job: what to do; `job.workers` are the decoding processes of every worker.
        choice: what runs.
        cluster: where.
        on_result: told of every file, in this thread, as soon as it is finished; paths are absolute.
        on_plan: told the number of files before the first one.
        say: told what a person should know.

    Raises:
        UsageError: also: no cluster, or it cannot hold the workers.
        ModelError: also: the model is another file on a worker's machine.
    """
    job = _absolute(job)
    choice, model = choice.settled()
    job.check(model.metadata)

    def there(
        items: list[Item], journals: Mapping[Path, Journal], stop: threading.Event
    ) -> Generator[Outcome, None, None]:
        tasks = [(item, journals[item.home].get(item.out) if item.home else None) for item in items]
        try:
            for _, outcome in spread(
                _Files(job, choice, HANDS if cluster.gpus else 1), tasks, cluster, stop=stop, say=say
            ):
                yield outcome
        finally:
            for folder in {item.out.parent for item in items}:
                sweep_temporaries(folder)  # of workers that died

    return conduct(job, model.scale, there, on_result=on_result, on_plan=on_plan, say=say)


@dataclass(frozen=True)
class _Files:
    """The craft of a worker that takes files through the stages."""

    job: Job
    choice: ModelChoice
    hands: int

    @property
    def in_hand(self) -> int:
        """So many fill the stages and the queues between them."""
        return 2 * self.job.workers + 2 + self.hands

    def open(self) -> tuple[str, Labour[_Task, Outcome]]:
        """Load the model."""
        model = self.choice.load()

        def labour(tasks: Iterator[tuple[int, _Task]]) -> Iterator[tuple[int, Outcome]]:
            numbers: dict[Path, int] = {}
            told: dict[Path, _Told] = {}

            def items() -> Iterator[Item]:
                for number, (item, row) in tasks:
                    numbers[item.out] = number
                    if item.home is not None and row is not None:
                        told.setdefault(item.home, _Told()).rows[item.out] = row
                    yield item

            for outcome in work_through(self.job, model, items(), told, threading.Event()):
                yield numbers.pop(outcome.item.out), outcome

        return model.device_line, labour

    def lost(self, task: _Task, message: str) -> Outcome:
        """A file that is given up."""
        item, _ = task
        return Outcome(Result(item.found.path, "failed", "crashed", message), item)


@dataclass(frozen=True)
class _Told:
    """What a worker was told of the outputs in a folder."""

    rows: dict[Path, Row] = field(default_factory=dict)

    def get(self, out: Path) -> Row | None:
        """The row of an output; asked for once."""
        return self.rows.pop(out, None)


def _absolute(job: Job) -> Job:
    """The same job with paths from the root on: a worker stands in another folder."""
    inputs = tuple(Path(name).absolute() for name in job.inputs)
    listed = tuple(
        replace(file, path=file.path.absolute(), root=file.root and file.root.absolute()) for file in job.listed
    )
    return replace(job, inputs=inputs, listed=listed, output=job.output and job.output.absolute())
