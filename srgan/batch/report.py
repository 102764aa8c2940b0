"""The report of a job: one JSON line per file, on the disk before the next file is finished."""

import contextlib
import errno
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from srgan.batch.job import Reported
from srgan.batch.stage_times import Stats
from srgan.errors import OutputError

__all__ = ["Report"]


class Report:
    """Writes the lines; a context manager. An earlier report of that name is replaced."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OutputError: it cannot be written.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise self._refusal(error) from error

    def write(self, result: Reported | Stats) -> None:
        """Append one line.

        Raises:
            OutputError: the disk is full, or the file cannot be written any more.
        """
        line = json.dumps(result.to_json(), ensure_ascii=False).encode() + b"\n"
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with contextlib.suppress(_UnsyncableError):
                _sync(self._file.fileno())
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> OutputError:
        return OutputError(f"the report {str(self._path)!r} cannot be written: {error.strerror or error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class _UnsyncableError(Exception):
    """A pipe or terminal, which has nothing to synchronise."""


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise _UnsyncableError from error
        raise
