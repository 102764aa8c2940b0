"""Running a job on this machine."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from srgan.batch.job import Item, Job, Result, Summary
from srgan.batch.journal import Journal
from srgan.batch.outcome import Outcome, Way
from srgan.batch.planning import plan
from srgan.batch.signals import Interrupts
from srgan.batch.stages import Pipeline
from srgan.batch.work import Work
from srgan.errors import OutputError
from srgan.files import folder_lock, sweep_temporaries
from srgan.images import Decoder
from srgan.runtime import Model

__all__ = ["preview", "run"]


def _silent(_: object) -> None:
    """Nobody listens."""


def run(
    job: Job,
    model: Model,
    *,
    on_result: Callable[[Result], None] = _silent,
    on_plan: Callable[[int], None] = _silent,
    say: Callable[[str], None] = _silent,
) -> Summary:
    """Upscale or translate the files of a job; a job that was interrupted is continued by running it again.

    Every output folder is locked while the job runs and keeps a journal, so that what is done is not done again.
    Outputs beside their inputs (`a.png` -> `a_x4.png`) have neither: there, an output of the right size is enough.
    Temporaries that a killed run left behind are removed first.

    Args:
        job: what to do.
        model: what runs.
        on_result: told of every file, in this thread, as soon as it is finished.
        on_plan: told the number of files before the first one.
        say: told what a person should know.

    Returns:
        The counts; `Summary.exit_code` is the exit code of the command line.

    Raises:
        UsageError: an input is not there, or the outputs cannot be named.
        NothingToDoError: no picture among the inputs.
        OutputError: an output folder is locked, or an output cannot be written (then nothing half-written stays).
    """
    items, others = plan(job, model.scale)
    summary = Summary()

    def tell(result: Result) -> None:
        summary.add(result)
        on_result(result)

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
        _pipeline(job, model, items, journals, summary, tell, say)
    return summary


def preview(job: Job, model: Model) -> Iterator[Result]:
    """What `run` would do, without writing anything: ``"done"`` with the size means that it would be made."""
    items, others = plan(job, model.scale)
    yield from others
    homes = {item.home for item in items if item.home is not None}
    with contextlib.ExitStack() as stack:
        journals = {home: stack.enter_context(contextlib.closing(Journal(home, read_only=True))) for home in homes}
        work = stack.enter_context(contextlib.closing(Work(job, model, journals)))
        decoder = stack.enter_context(Decoder(limits=job.limits))
        for item in items:
            yield work.foresee(item, decoder)


def _pipeline(
    job: Job,
    model: Model,
    items: list[Item],
    journals: dict[Path, Journal],
    summary: Summary,
    tell: Callable[[Result], None],
    say: Callable[[str], None],
) -> None:
    finished = 0
    fatal: OutputError | None = None
    work = Work(job, model, journals)
    with Interrupts(say, lambda: _remove_own(items)) as interrupts:
        pipeline: Pipeline[Item, Way, Way, Outcome] = Pipeline(
            decode=work.decoder,
            scale=work.scale,
            encode=work.encode,
            drop=work.drop,
            stop=interrupts.stop,
            workers=job.workers,
        )
        results = pipeline.run(iter(items))
        try:
            for outcome in results:
                if interrupts.received is not None and outcome.result.code == "crashed":
                    continue  # Ctrl-C in a terminal reaches a decoding process too, which may just be starting
                finished += 1
                if outcome.record is not None:
                    outcome.record()
                tell(outcome.result)
                if outcome.trace:
                    say(outcome.trace)
                fatal = fatal or outcome.fatal
                if fatal or (job.fail_fast and outcome.result.status == "failed"):
                    interrupts.stop.set()
        finally:
            results.close()
            work.close()
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
