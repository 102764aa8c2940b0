"""Letting the memory of finished pictures go back to the system."""

import ctypes
import sys

__all__ = ["keep_steady"]

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def keep_steady() -> None:
    """Tell the C library to give pixels memory of their own, which goes back as soon as they are done with.

    Left alone, glibc learns from the first freed picture to keep such blocks in its heaps, one for every few threads,
    and the process grows for hours. Elsewhere than on Linux with glibc this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_THRESHOLD, 1 << 20)
    mallopt(_M_ARENA_MAX, 4)
