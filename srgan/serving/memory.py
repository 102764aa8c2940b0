"""Letting the memory of finished pictures go back to the system."""

import ctypes
import functools
import sys
from collections.abc import Callable

__all__ = ["give_back", "keep_steady"]

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def keep_steady() -> None:
    """Tell the C library to give pixels memory of their own, which goes back as soon as they are done with.

    Left alone, glibc learns from the first freed picture to keep such blocks in its heaps, one for every few threads,
    and the process grows for hours. Elsewhere than on Linux with glibc this does nothing.
    """
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 20)
        mallopt(_M_ARENA_MAX, 4)


def give_back() -> None:
    """Give free memory inside the heaps back to the system, too: what the pieces of large uploads have left behind."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


@functools.cache
def _function(name: str) -> Callable[..., int] | None:
    """A function of glibc."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    return found
