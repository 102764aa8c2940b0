"""Running a job on this machine."""

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from srgan.batch.conduct import conduct, silent
from srgan.batch.existing import Known
from srgan.batch.job import Item, Job, Result, Summary
from srgan.batch.journal import Journal
from srgan.batch.outcome import Outcome, Way
from srgan.batch.planning import plan
from srgan.batch.stage_times import StageTimes
from srgan.batch.stages import Pipeline
from srgan.batch.work import Work
from srgan.images import Decoder
from srgan.runtime import Model

__all__ = ["preview", "run", "work_through"]


def run(
    job: Job,
    model: Model,
    *,
    on_result: Callable[[Result], None] = silent,
    on_plan: Callable[[int], None] = silent,
    say: Callable[[str], None] = silent,
    times: StageTimes | None = None,
) -> Summary:
    """Upscale or translate the files of a job; a job that was interrupted is continued by running it again.

    Every output folder is locked while the job runs and keeps a journal, so that what is done is not done again.
    Outputs beside their inputs (`a.png` -> `a_x4.png`) have neither: there, an output of the right size is enough.
    Temporaries that a killed run left behind are removed first.

    Args:
        job: what to do.
        model: what runs; each of its team (`Model.team`) takes the next picture when it is free.
        on_result: told of every file, in this thread, as soon as it is finished.
        on_plan: told the number of files before the first one.
        say: told what a person should know.
        times: told how long the stages work.

    Returns:
        The counts; `Summary.exit_code` is the exit code of the command line.

    Raises:
        UsageError: an input is not there, or the outputs cannot be named.
        NothingToDoError: no picture among the inputs.
        OutputError: an output folder is locked, or an output cannot be written (then nothing half-written stays).
    """
    job.check(model.metadata)

    def here(
        items: list[Item], journals: Mapping[Path, Journal], stop: threading.Event
    ) -> Generator[Outcome, None, None]:
        return work_through(job, model, iter(items), journals, stop, times)

    return conduct(job, model.scale, here, told=model.notes, on_result=on_result, on_plan=on_plan, say=say)


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


def work_through(
    job: Job,
    model: Model,
    items: Iterator[Item],
    journals: Mapping[Path, Known],
    stop: threading.Event,
    times: StageTimes | None = None,
) -> Generator[Outcome, None, None]:
    """Take files through the stages in this process, and yield what became of each as soon as it is finished.

    Args:
        job: what to do.
        model: what runs; each of its team in a thread of its own.
        items: asked for the next file when there is room for it; may wait.
        journals: what is known of the outputs in each folder.
        stop: when set, nothing new is started.
        times: told how long the stages work.
    """
    times = times or StageTimes()
    with contextlib.closing(Work(job, model, journals, times)) as work:
        pipeline: Pipeline[Item, Way, Way, Outcome] = Pipeline(
            decode=work.decoder,
            scale=work.scalers(),
            feed=work.feed,
            encode=work.encode,
            drop=work.drop,
            stop=stop,
            workers=job.workers,
        )
        with times.running(workers=job.workers, devices=len(model.team)):
            for outcome in pipeline.run(items):
                yield replace(outcome, notes=model.notes)
