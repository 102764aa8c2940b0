"""The part of ``srgan upscale`` that is about videos."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from srgan.batch import Job, Report, Result, Summary, clip_output
from srgan.batch.signals import Interrupts
from srgan.cli.extras import needs_extra
from srgan.cli.progress import Progress, Wording
from srgan.errors import PictureError, UsageError
from srgan.files import escape
from srgan.runtime import Model

__all__ = ["check_videos", "upscale_videos"]

_EVERY_SECONDS = 10.0


def check_videos(options: dict[str, Any]) -> None:
    """Refuse what does not go with videos, before a model is loaded.

    Raises:
        UsageError: saying what, or PyAV is not installed.
    """
    for name in ("format_", "watch", "retry_failed", "manifest", "stats"):
        if options[name]:
            flag = "--" + name.rstrip("_").replace("_", "-")
            raise UsageError(f"{flag} is for pictures, not for videos")
    if options["output"] == "-":
        raise UsageError("a video is not written to standard output: name a file or a folder with --output")
    for name in options["inputs"]:
        if not Path(name).is_file():
            raise UsageError(f"{escape(name)!r} is not a file: videos are named one by one")
    with needs_extra("video"):
        import av  # noqa: F401


def upscale_videos(job: Job, model: Model, options: dict[str, Any], wording: Wording) -> int:
    """Make the videos one after the other; returns the exit code.

    Args:
        job: what to do; its inputs are videos.
        model: what runs.
        options: as click gives them.
        wording: what the command does, for people.

    Raises:
        UsageError: several inputs for one output.
        OutputError: an output cannot be written.
    """
    from srgan.batch.video import Stopped, foresee_video, upscale_video

    tag = job.target.tag or f"_x{model.scale}"
    outs = [clip_output(Path(name), tag, job.output) for name in job.inputs]
    if len(set(outs)) < len(outs):
        raise UsageError("several videos would have one output; name another folder, or do them one by one")
    summary = Summary()
    known = set(model.notes)
    with contextlib.ExitStack() as stack:
        report = stack.enter_context(Report(options["report"])) if options["report"] else None
        progress = stack.enter_context(Progress(wording))
        interrupts = stack.enter_context(Interrupts(progress.say, lambda: None))
        for name, out in zip(job.inputs, outs, strict=True):
            path = Path(name)
            try:
                if options["dry_run"]:
                    result = foresee_video(path, out, job, model)
                else:
                    on_frame = _teller(progress.say, path)
                    result = upscale_video(path, out, job, model, on_frame=on_frame, stop=interrupts.stop)
            except PictureError as error:
                result = Result(path, "failed", error.code, error.message)
            except Stopped:
                break
            summary.add(result)
            progress.finished(result)
            for note in model.notes:
                if note not in known:
                    known.add(note)
                    progress.say(note)
            if report is not None:
                report.write(result)
            if options["as_json"]:
                click.echo(json.dumps(result.to_json()))
            elif result.status in ("done", "planned"):
                click.echo(escape(result.out or ""))
            if job.fail_fast and result.status == "failed":
                break
        summary.left = len(outs) - summary.done - summary.already - summary.failed
        summary.stopped_by = interrupts.received
        progress.summary(summary, dry_run=options["dry_run"])
    return summary.exit_code


def _teller(say: Callable[[str], None], path: Path) -> Callable[[int, int], None]:
    """Says now and then how far a video is, and how long it will take."""
    began = shown = time.monotonic()
    first: int | None = None

    def tell(done: int, total: int) -> None:
        nonlocal shown, first
        first = done if first is None else first
        now = time.monotonic()
        if now - shown >= _EVERY_SECONDS:
            shown = now
            left = (now - began) / max(1, done - first) * max(0, total - done)
            words = f", about {left / 60:.1f} min left" if total else ""
            say(f"{escape(path)}: {done} of {total or '?'} pictures{words}")

    return tell
