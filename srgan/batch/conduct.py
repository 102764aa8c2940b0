"""What every runner does around the work: plan, locks, journals, signals, results.

Where the work is done (in this process, on a cluster) is the business of a `Workshop`.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from srgan.batch.job import Item, Job, Result, Summary
from srgan.batch.journal import Journal
from srgan.batch.outcome import Outcome
from srgan.batch.planning import plan
from srgan.batch.signals import Interrupts
from srgan.errors import OutputError
from srgan.files import folder_lock, sweep_temporaries

__all__ = ["Workshop", "conduct", "silent"]

Workshop: TypeAlias = Callable[[list[Item], Mapping[Path, Journal], threading.Event], Generator[Outcome, None, None]]
"""Makes the outputs: their list, the journals (to look at), and an event that means "start nothing new"."""


def silent(_: object) -> None:
    """Nobody listens."""


def conduct(
    job: Job,
    scale: int,
    workshop: Workshop,
    *,
    told: Iterable[str] = (),
    on_result: Callable[[Result], None],
    on_plan: Callable[[int], None],
    say: Callable[[str], None],
) -> Summary:
    """Carry out a job; the arguments, counts and errors are those of `srgan.batch.run`.

    Args:
        job: what to do.
        scale: the model's, for the names of the outputs.
        workshop: where it is done.
        told: notes about the model that a person knows already.
        on_result: told of every file, in this thread, as soon as it is finished.
        on_plan: told the number of files before the first one.
        say: told what a person should know.
    """
    items, others = plan(job, scale)
    summary = Summary()

    known = set(told)

    def tell(result: Result, notes: Iterable[str] = ()) -> None:
        summary.add(result)
        on_result(result)
        for note in notes:
            if note not in known:
                known.add(note)
                say(note)

    on_plan(len(items))
    homes = sorted({item.home for item in items if item.home is not None}, key=os.fsencode)
    with contextlib.ExitStack() as stack:
        for home in homes:
            stack.enter_context(folder_lock(home))
        for folder in _folders(items, homes):
            sweep_temporaries(folder)
        journals = {home: stack.enter_context(contextlib.closing(Journal(home))) for home in homes}
        for result in others:
            tell(result)
        _work(job, items, journals, workshop, summary, tell, say)
    return summary


def _work(
    job: Job,
    items: list[Item],
    journals: Mapping[Path, Journal],
    workshop: Workshop,
    summary: Summary,
    tell: Callable[[Result, Iterable[str]], None],
    say: Callable[[str], None],
) -> None:
    finished = 0
    fatal: OutputError | None = None
    with Interrupts(say, lambda: _remove_own(items)) as interrupts:
        with contextlib.closing(workshop(items, journals, interrupts.stop)) as outcomes:
            for outcome in outcomes:
                if interrupts.received is not None and outcome.result.code == "crashed":
                    continue  # Ctrl-C in a terminal reaches a decoding process too, which may just be starting
                finished += 1
                if outcome.entry is not None:
                    outcome.entry.write(journals)
                tell(outcome.result, outcome.notes)
                if outcome.trace:
                    say(outcome.trace)
                fatal = fatal or outcome.fatal
                if fatal or (job.fail_fast and outcome.result.status == "failed"):
                    interrupts.stop.set()
        summary.stopped_by = interrupts.received
    summary.left = len(items) - finished
    for journal in journals.values():
        if journal.problem:
            say(journal.problem)
    if fatal is not None:
        raise fatal


def _folders(items: list[Item], homes: list[Path]) -> set[Path]:
    """Every folder in which a killed run may have left temporaries."""
    folders = {item.out.parent for item in items}
    for home in homes:
        folders.update(Path(folder) for folder, _, _ in os.walk(home))
    return folders


def _remove_own(items: list[Item]) -> None:
    """Remove this process's temporaries; for the moment before it ends without any ceremony."""
    for folder in {item.out.parent for item in items}:
        with contextlib.suppress(OSError):
            for path in folder.glob(f".srgan-{os.getpid()}-*.part"):
                path.unlink()
