"""Arrays that live in files: giving back the memory that they take while they are worked through."""

import mmap

__all__ = ["release"]


def release(array: object) -> None:
    """Give back the memory of an array that lives in a mapped file; what it holds stays in the file.

    Pages of a mapped file that were touched count as this process's memory until something else needs it: a job in a
    container could be ended for them. They come back when they are touched again.

    Args:
        array: a `numpy.memmap` that writes to its file, or a view of one; nothing else is touched.
    """
    shared = False
    while array is not None and not isinstance(array, mmap.mmap):
        # Changes to a mapping of another mode are in memory alone and would be lost.
        shared = shared or getattr(array, "mode", None) in ("r+", "w+")
        array = getattr(array, "base", None)
    if shared and array is not None and hasattr(mmap, "MADV_DONTNEED"):
        array.madvise(mmap.MADV_DONTNEED)
