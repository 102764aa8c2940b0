"""Hot folders: new pictures are worked on when they are complete, until somebody ends it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from srgan.batch.job import Item, Job, Result, Summary
from srgan.batch.local import run
from srgan.batch.planning import plan
from srgan.batch.signals import Interrupts
from srgan.batch.stage_times import StageTimes
from srgan.errors import NothingToDoError, UsageError
from srgan.runtime import Model

__all__ = ["Steady", "watch"]

_EVERY_SECONDS = 1.0
_SHARE = 0.1
"""Looking through the folders takes at most this share of the time."""


class Steady:
    """Tells which files have come to rest: size and time of change are those of the look before."""

    def __init__(self) -> None:
        """Nothing has been seen."""
        self._seen: dict[Path, tuple[int, int]] = {}
        self._taken: dict[Path, tuple[int, int]] = {}

    def ready(self, paths: Iterable[Path]) -> list[Path]:
        """Look at files; gives those that are at rest and that were not given before as they are now."""
        seen = {}
        for path in paths:
            try:
                now = path.stat()
            except OSError:
                continue  # gone again: the next look will tell
            seen[path] = (now.st_size, now.st_mtime_ns)
        rest = [path for path, state in seen.items() if state == self._seen.get(path) != self._taken.get(path)]
        self._seen = seen
        self._taken = {path: state for path, state in self._taken.items() if path in seen}
        self._taken.update((path, seen[path]) for path in rest)
        return rest


def watch(
    job: Job,
    model: Model,
    *,
    on_result: Callable[[Result], None],
    say: Callable[[str], None],
    every: float = _EVERY_SECONDS,
    times: StageTimes | None = None,
) -> Summary:
    """Do a job, and then again whatever comes into its folders, until SIGINT or SIGTERM; these end it well.

    A file is taken when its size and its time of change have stayed the same between two looks. One that failed is
    tried again when it has changed.

    Args:
        job: what to do; one input at least is a folder.
        model: what runs.
        on_result: told of every file as soon as it is finished, in this thread.
        say: told what a person should know.
        every: seconds between two looks, at least.
        times: told how long the stages work.

    Returns:
        The counts of all rounds; a signal is the usual end and does not count as a failure.

    Raises:
        UsageError: no input is a folder, or one is not there.
        OutputError: an output folder is locked by another run, or an output cannot be written.
    """
    if not any(Path(name).is_dir() for name in job.inputs):
        raise UsageError("--watch needs a folder among the inputs")
    total = Summary()
    steady, told = Steady(), set[tuple[Path, str | None]]()
    with Interrupts(say, lambda: None) as interrupts:
        say("watching " + ", ".join(str(name) for name in job.inputs) + "; Ctrl-C ends it")
        while not interrupts.stop.is_set():
            began = time.monotonic()
            items, others = _look(job, model.scale)
            for result in others:
                if (result.path, result.code) not in told:
                    told.add((result.path, result.code))
                    total.add(result)
                    on_result(result)
            ready = {path.absolute() for path in steady.ready({item.found.path for item in items})}
            looked = time.monotonic() - began
            if ready:
                done = run(replace(job, only=frozenset(ready)), model, on_result=on_result, say=say, times=times)
                _add(total, done)
                if done.stopped_by is not None or (job.fail_fast and done.failed):
                    break
            interrupts.stop.wait(max(every, looked / _SHARE))
    return total


def _look(job: Job, scale: int) -> tuple[list[Item], list[Result]]:
    try:
        return plan(job, scale)
    except NothingToDoError:
        return [], []


def _add(total: Summary, done: Summary) -> None:
    for name in ("done", "already", "ignored", "failed", "left", "bugs"):
        setattr(total, name, getattr(total, name) + getattr(done, name))
