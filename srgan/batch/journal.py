"""The memory of an output folder: which output was made of what, and how.

A row is written after its output has got its name, so a row never promises what is not there; the files are the truth.
A journal that is lost or damaged is started anew, and the outputs that lie there are verified instead.
"""

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

__all__ = ["Journal", "Row"]

_NAME = ".srgan-journal.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS outputs (
    out BLOB PRIMARY KEY, path BLOB NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    how TEXT NOT NULL, out_size INTEGER NOT NULL, out_mtime_ns INTEGER NOT NULL, out_sha256 TEXT NOT NULL
) WITHOUT ROWID
"""
_COLUMNS = "out, path, size, mtime_ns, sha256, how, out_size, out_mtime_ns, out_sha256"


@dataclass(frozen=True, slots=True)
class Row:
    """One output; there may be many, so that each is kept small.

    Attributes:
        out: its path inside the output folder, bytes of the file system.
        path: of the input, likewise.
        size: of the input, bytes.
        mtime_ns: of the input.
        sha256: of the input.
        how: fingerprint of the model and the options.
        out_size: of the output, bytes.
        out_mtime_ns: of the output.
        out_sha256: of the output.
    """

    out: bytes
    path: bytes
    size: int
    mtime_ns: int
    sha256: str
    how: str
    out_size: int
    out_mtime_ns: int
    out_sha256: str


class Journal:
    """The journal of one output folder; one process (which holds the folder's lock), one thread writes.

    Attributes:
        problem: why it cannot be kept (the job goes on without), or that it was started anew; None when all is well.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the journal; nothing about it is ever fatal.

        Args:
            folder: the output folder.
            read_only: only look: create and change nothing.
        """
        self.problem: str | None = None
        self._folder = folder
        self._path = folder / _NAME
        self._rows: dict[bytes, Row] = {}
        self._database: sqlite3.Connection | None = None
        try:
            if read_only:
                self._look()
            else:
                self._open(self._path)
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            self.problem = f"the journal {self._path} was damaged ({error}) and is started anew"
            self._close()
            if not read_only:
                self._restart()

    def get(self, out: Path) -> Row | None:
        """The row of an output; safe from any thread."""
        return self._rows.get(self._key(out))

    def record(
        self, out: Path, path: Path, before: os.stat_result, sha256: str, how: str, after: os.stat_result, digest: str
    ) -> None:
        """Remember an output that is in place; on the disk when this returns.

        Args:
            out: the output.
            path: the input.
            before: of the input.
            sha256: of the input.
            how: fingerprint of the model and the options.
            after: of the output.
            digest: sha256 of the output.
        """
        row = Row(
            self._key(out),
            os.fsencode(path.absolute()),
            before.st_size,
            before.st_mtime_ns,
            sha256,
            sys.intern(how),
            after.st_size,
            after.st_mtime_ns,
            digest,
        )
        self._rows[row.out] = row
        if self._database is None:
            return
        try:
            with self._database:
                self._database.execute(
                    f"INSERT OR REPLACE INTO outputs ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)", astuple(row)
                )
        except sqlite3.Error as error:
            self.problem = f"the journal {self._path} cannot be written ({error})"
            self._close()

    def close(self) -> None:
        """Finish writing."""
        self._close()

    def _key(self, out: Path) -> bytes:
        return os.fsencode(os.path.relpath(out, self._folder))

    def _look(self) -> None:
        """Read the rows from a copy: opening a database, even to read, writes beside it."""
        if not self._path.exists():
            return
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(self._path.with_name(_NAME + suffix), Path(folder, _NAME + suffix))
            self._open(Path(folder, _NAME))
            self._close()

    def _open(self, path: Path) -> None:
        # A name with a question mark or percent sign must not be read as options.
        self._database = sqlite3.connect(path.absolute().as_uri(), uri=True, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("PRAGMA cache_size=-256")  # KiB; it would grow to 2 MB with the rows
        self._database.execute(_TABLE)
        self._database.commit()
        for values in self._database.execute(f"SELECT {_COLUMNS} FROM outputs"):
            row = Row(*values)
            self._rows[bytes(row.out)] = row

    def _restart(self) -> None:
        self._rows.clear()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                self._path.with_name(_NAME + suffix).unlink()
        try:
            self._open(self._path)
        except (sqlite3.Error, OSError) as error:
            self._close()
            self.problem = (
                f"no journal can be kept in {self._folder} ({error}): outputs are verified one by one instead"
            )

    def _close(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None
