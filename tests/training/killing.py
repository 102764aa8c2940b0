"""Processes that are forked, watched, and killed at an exact call that changes the disk."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

CALLS = ("fsync", "mkdir", "rename", "replace", "unlink", "remove", "rmdir", "truncate")


@dataclass
class Killer:
    """Kills its own process at the `at`-th call that changes the disk; 0 only counts."""

    at: int
    after: bool
    report: int
    count: int = 0

    def install(self) -> None:
        """Stand between Python and the system."""
        for name in CALLS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            self.count += 1
            mine = self.count == self.at
            paths = arguments[: 2 if name in {"rename", "replace"} else 1]
            what = f"{name} {' '.join(map(_named, paths))}" if mine else ""
            if mine and not self.after:
                self._die(f"before {what}")
            result = call(*arguments, **options)
            if mine:
                self._die(f"after {what}")
            return result

        return watched

    def _die(self, where: str) -> NoReturn:
        os.write(self.report, where.encode())
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


def _named(argument: object) -> str:
    """A path by its last part, an open file as well."""
    if isinstance(argument, int):
        with contextlib.suppress(OSError):
            return Path(f"/proc/self/fd/{argument}").readlink().name
    return Path(argument).name if isinstance(argument, (str, Path)) else "a file"


@dataclass
class Child:
    """A forked process at work; what it says into its pipe is its report.

    Args:
        work: gets the descriptor of the pipe.
        errors: file that gets its stderr.
    """

    work: Callable[[int], None]
    errors: Path
    process: int = field(init=False)

    def __post_init__(self) -> None:
        self._reading, writing = os.pipe()
        self.process = os.fork()
        if self.process:
            os.close(writing)
            return
        code = 1
        try:
            descriptor = os.open(self.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, 2)
            self.work(writing)
            code = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def wait(self) -> tuple[bool, str]:
        """Whether it was killed, and its report.

        Raises:
            RuntimeError: it failed by itself.
        """
        with os.fdopen(self._reading) as file:
            report = file.read()
        code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        if code not in {0, -signal.SIGKILL}:
            raise RuntimeError(f"ended with {code}:\n{self.errors.read_text()}")
        return code != 0, report
