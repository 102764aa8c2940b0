"""One run at a time in an output folder."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from srgan.errors import OutputError
from srgan.files.advisory import try_lock

LOCK_NAME = ".srgan.lock"


@contextlib.contextmanager
def folder_lock(folder: str | Path) -> Iterator[None]:
    """Hold the folder for this process; the folder is created when it is not there.

    The lock vanishes with the process, however it ends; the file `.srgan.lock` is removed on leaving.

    Raises:
        OutputError: another process holds the lock (named with its number), or the folder cannot be written.
    """
    path = Path(folder) / LOCK_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(path)
    except OSError as error:
        raise OutputError(f"cannot write in {str(folder)!r}: {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # removed before it is released: nobody can hold the removed file by then
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags, 0o666)
        try:
            if not try_lock(descriptor):
                holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                raise OutputError(
                    f"another run (process {holder}) is writing in {str(path.parent)!r}; "
                    "wait for it to end or choose another output folder"
                )
            # The earlier holder removes the file on leaving: make sure that the locked one is still the named one.
            if _same(path, descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
