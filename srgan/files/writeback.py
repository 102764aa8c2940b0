"""Having a long file written to the disk while it still grows, so that synchronising at its end is short."""

import contextlib
import os
from typing import BinaryIO

__all__ = ["begin_writing"]


def begin_writing(file: BinaryIO, start: int) -> int:
    """Ask the system to write what was appended to a file, without waiting for it.

    Linux would begin after half a minute, or when there is much: then a synchronisation waits for all of it.

    Args:
        file: open for writing, its position at its end.
        start: position up to which that was asked for before.

    Returns:
        The position up to which it is asked for now.
    """
    file.flush()
    end = file.tell()
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):  # it is only a wish
            # "Not needed" drops only what is on the disk already; the rest begins to be written.
            os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)
    return end
