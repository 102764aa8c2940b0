"""One file on its way through the stages, and what the runner is told about it."""

import contextlib
import os
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from srgan.batch.handing import BandQueue
from srgan.batch.job import Item, Result
from srgan.batch.journal import Journal
from srgan.errors import ModelError, OutputError, PictureError
from srgan.files import sha256_file
from srgan.images import Picture
from srgan.runtime import Model

__all__ = ["Entry", "Outcome", "Way", "check_unchanged", "digest_input", "guard", "stat_input"]


@dataclass
class Way:
    """One file on its way through the stages.

    Attributes:
        item: what and where to.
        before: the input as it was found.
        sha256: of the input, once known.
        size: ``(height, width)`` of the output.
        cost: bytes taken from the budget.
        seconds: of work so far.
        notes: for people.
        picture: decoded, then upscaled.
        bands: when the result is not in `picture` but comes band by band, while it is written.
        model: what computes them.
        animated: its frames are read, upscaled and written one by one instead.
    """

    item: Item
    before: os.stat_result
    sha256: str
    size: tuple[int, int] = (0, 0)
    cost: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    picture: Picture | None = None
    bands: BandQueue | None = None
    model: Model | None = None
    animated: bool = False


@dataclass(frozen=True)
class Entry:
    """What the journal is to remember of an output that is in place; the arguments of `Journal.record`.

    Attributes:
        home: the folder of the journal.
        out: the output.
        path: the input.
        before: of the input.
        sha256: of the input.
        how: fingerprint of the model and the options.
        after: of the output.
        digest: sha256 of the output.
    """

    home: Path
    out: Path
    path: Path
    before: os.stat_result
    sha256: str
    how: str
    after: os.stat_result
    digest: str

    def write(self, journals: Mapping[Path, Journal]) -> None:
        """Write the row, in the thread that owns the journal."""
        journals[self.home].record(self.out, self.path, self.before, self.sha256, self.how, self.after, self.digest)


@dataclass(frozen=True)
class Outcome:
    """What the runner is told about one file; it can be sent to another process.

    Attributes:
        result: for the report.
        item: the file.
        entry: of the journal; None where there is none to write.
        fatal: an error that must end the job.
        trace: of a bug.
        notes: what has turned out about the model, for people; the runner tells each of them once.
    """

    result: Result
    item: Item
    entry: Entry | None = None
    fatal: OutputError | None = None
    trace: str = ""
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def guard(item: Item, failures: list[Outcome]) -> Iterator[None]:
    """Whatever happens inside becomes an outcome in `failures`."""
    fatal, trace = None, ""
    try:
        yield
        return
    except PictureError as error:
        code, message = error.code, error.message
    except OutputError as error:
        code, message, fatal = "output", str(error), error
    except ModelError as error:
        code, message = "model_failed", str(error)
    except MemoryError:
        code, message = "oom", "out of memory"
    except Exception as error:
        code, message, trace = "bug", f"{type(error).__name__}: {error}", traceback.format_exc()
    failures.append(Outcome(Result(item.found.path, "failed", code, message), item, None, fatal, trace))


def stat_input(path: Path) -> os.stat_result:
    """The input as it is now; a `PictureError` when it is gone."""
    try:
        return path.stat()
    except PermissionError as error:
        raise PictureError("permission", "no permission to read the file") from error
    except OSError as error:
        raise PictureError("vanished", f"is not there any more: {error.strerror}") from error


def digest_input(path: Path) -> str:
    """Its sha256; a `PictureError` when it cannot be read."""
    try:
        return sha256_file(path)
    except PermissionError as error:
        raise PictureError("permission", "no permission to read the file") from error
    except OSError as error:
        raise PictureError("vanished", f"cannot be read: {error.strerror}") from error


def check_unchanged(path: Path, before: os.stat_result) -> None:
    """Refuse a file that was written to while it was read: a `PictureError`."""
    now = stat_input(path)
    if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise PictureError("vanished", "was changed while it was read")
