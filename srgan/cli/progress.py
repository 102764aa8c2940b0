"""What a person sees on stderr while files are worked on, or pictures made."""

import sys
import time
from types import TracebackType
from typing import NamedTuple, Self

import click

from srgan.batch import Reported, Summary
from srgan.files import escape, escape_lines

__all__ = ["GENERATE", "TRANSLATE", "UPSCALE", "Progress", "Wording"]

_EVERY_SECONDS = 10.0


class Wording(NamedTuple):
    """What is done, and with what, in words."""

    doing: str
    done: str
    things: str = "files"


UPSCALE = Wording("upscaling", "upscaled")
TRANSLATE = Wording("translating", "translated")
GENERATE = Wording("generating", "generated", "pictures")


class Progress:
    """A bar with the time left on a terminal; elsewhere a plain line now and then. Failures are always named."""

    def __init__(self, wording: Wording = UPSCALE) -> None:
        """Nothing is shown before `start`."""
        self._wording = wording
        self._total = self._finished = 0
        self._began = self._shown = time.monotonic()
        self._bar: object | None = None
        self._task: object | None = None

    def start(self, total: int) -> None:
        """Tell how many there are."""
        self._total = total
        self._began = self._shown = time.monotonic()
        if total > 1 and sys.stderr is not None and sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            bar = progress.Progress(
                progress.TextColumn(self._wording.doing),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
                progress.TextColumn("left"),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar, self._task = bar, bar.add_task("", total=total)
            bar.start()

    def say(self, message: str) -> None:
        """Show a line without disturbing the bar."""
        line = f"srgan: {escape_lines(message)}"
        from_bar = getattr(self._bar, "console", None)
        if from_bar is not None:
            from_bar.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def finished(self, result: Reported) -> None:
        """Count one, and name it when something is to be known."""
        name = result.name
        if result.status == "failed":
            self.say(f"failed: {name}: {result.message} [{result.code}]")
        elif result.code == "exists":
            self.say(f"skipped: {name}: {escape(result.out or '')} {result.message}")
        elif result.status == "done" and result.message:
            self.say(f"note: {name}: {result.message}")
        if result.status == "skipped" and result.code not in ("already_done", "exists"):
            return
        self._finished += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=min(self._finished, self._total))  # type: ignore[attr-defined]
        elif time.monotonic() - self._shown >= _EVERY_SECONDS and self._finished < self._total:
            self._shown = time.monotonic()
            left = (self._shown - self._began) / self._finished * (self._total - self._finished)
            self.say(f"{self._finished} of {self._total} {self._wording.things}, about {_duration(left)} left")

    def summary(self, summary: Summary, *, dry_run: bool) -> None:
        """The last line."""
        self.stop()
        words = [f"{summary.done} {'would be ' if dry_run else ''}{self._wording.done}"]
        words += [f"{summary.already} already there"] * (summary.already > 0)
        words += [f"{summary.failed} failed"] * (summary.failed > 0)
        words += [f"{summary.left} left to do (run the same command again)"] * (summary.left > 0)
        words += [f"{summary.ignored} ignored"] * (summary.ignored > 0)
        click.echo(f"srgan: {', '.join(words)} in {_duration(time.monotonic() - self._began)}", err=True)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()  # type: ignore[attr-defined]
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
