"""Doing a job several times, until no failure is left that may pass by itself."""

import argparse
import sys
from collections.abc import Callable

from srgan.batch import Report, Reported, Summary

__all__ = ["log", "repeat"]

_PASSING = {"crashed", "memory", "oom", "timeout", "vanished"}
"""Failures that may not happen again when the machine is less busy."""


def repeat(options: argparse.Namespace, once: Callable[[Callable[[Reported], None]], Summary]) -> int:
    """Do a job, and again while files fail for reasons that pass; what is done is not done again.

    Args:
        options: `attempts`, `report` and, for the report that is not named, `output`.
        once: does it, telling of every result.

    Returns:
        The exit code of the last attempt.
    """
    failed: list[Reported] = []
    for attempt in range(options.attempts):
        failed.clear()
        with Report(options.report or options.output / "report.ndjson") as report:

            def finished(result: Reported, report: Report = report) -> None:
                report.write(result)
                if result.status == "failed":
                    failed.append(result)

            summary = once(finished)
        log(f"attempt {attempt + 1}: {_words(summary)}")
        if summary.stopped_by is not None or not any(result.code in _PASSING for result in failed):
            break
    for result in failed:
        log(f"failed: {result.name}: {result.message} [{result.code}]")
    return summary.exit_code


def log(message: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"srgan: {message}\n")
    sys.stderr.flush()


def _words(summary: Summary) -> str:
    return f"{summary.done} done, {summary.already} already there, {summary.failed} failed, {summary.left} left"
