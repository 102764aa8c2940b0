"""Writing a file so that it is there completely or not at all."""

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from srgan.errors import OutputError
from srgan.files.advisory import try_lock

PREFIX = ".srgan-"
SUFFIX = ".part"

# What a full, broken or read-only disk answers to a write. Other errors inside the block are not about the output.
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


@contextlib.contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """Give a binary file under a temporary name in the same folder; it takes its real name when the block ends well.

    The content is on the disk (fsync of the file and of its folder) before the function returns. When the block
    raises, the temporary is removed and an earlier file of that name is untouched. A symbolic link called `path` is
    replaced, never written through.

    Raises:
        OutputError: the folder or the disk cannot take the file.
    """
    path = Path(path)
    try:
        temporary, file = _create(path.parent)
    except OSError as error:
        _refuse(path, error)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if sys.platform == "win32":  # an open file cannot be renamed there
            file.close()
        _publish(temporary, path)  # elsewhere while it is still locked, so that no sweep takes it in between
    except BaseException as error:
        with contextlib.suppress(OSError):  # closing writes what is still buffered, to the same full disk
            file.close()
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
            _refuse(path, error)
        raise
    file.close()
    try:
        _sync_folder(path.parent)
    except OSError as error:
        _refuse(path, error)


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it, unless it is there.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {str(folder)!r}: {error.strerror or error}") from error


def sweep_temporaries(folder: str | Path) -> int:
    """Remove the temporaries that a killed run left in a folder (not below it); returns how many.

    A temporary that a living process is writing is locked by it and stays. A folder that is not there has none.

    Raises:
        OutputError: a stale temporary cannot be removed.
    """
    removed = 0
    try:
        names = [e.name for e in os.scandir(folder) if e.name.startswith(PREFIX) and e.name.endswith(SUFFIX)]
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        _refuse(Path(folder), error)
    for name in names:
        path = Path(folder, name)
        try:
            removed += _remove_if_stale(path)
        except FileNotFoundError:
            continue  # its writer was faster
        except OSError as error:
            _refuse(path, error)
    return removed


@contextlib.contextmanager
def refuse_full_disk(folder: str | Path) -> Iterator[None]:
    """A full or read-only disk, met by any write inside the block, is told as such.

    Raises:
        OutputError: names the folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_ERRORS - {errno.EIO}:  # which may come of reading as well
            _refuse(Path(folder), error)
        raise


def _create(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        temporary = folder / f"{PREFIX}{os.getpid()}-{secrets.token_hex(6)}{SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o666)
        with contextlib.suppress(OSError):  # a file system without locks: the process number in the name must do
            if not try_lock(descriptor) or os.fstat(descriptor).st_nlink == 0:
                os.close(descriptor)  # a sweep came between the creation and the lock
                continue
        return temporary, os.fdopen(descriptor, "w+b")


def _remove_if_stale(path: Path) -> bool:
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        try:
            stale = try_lock(descriptor)
        except OSError:
            stale = not _is_alive(path.name)
        if stale and sys.platform != "win32":
            path.unlink()
    finally:
        os.close(descriptor)
    if stale and sys.platform == "win32":
        path.unlink()
    return stale


def _is_alive(name: str) -> bool:
    pid = name.removeprefix(PREFIX).partition("-")[0]
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _publish(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        _refuse(path, error)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return  # folders cannot be synchronised there
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems know no fsync of folders
            raise
    finally:
        os.close(descriptor)


def _refuse(path: Path, error: OSError) -> NoReturn:
    raise OutputError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
