"""Memory for large results: on disk when they are large, so that RAM never holds a gigapixel."""

import errno
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from srgan.errors import OutputError
from srgan.runtime.pixels import Pixels

__all__ = ["LARGE", "Canvas"]

LARGE = 48 * 1024 * 1024
"""From so many bytes on a result is not kept in RAM."""


class Canvas:
    """Makes empty arrays, in RAM or in unnamed temporary files.

    A file has no name (it is removed when opened), so a killed process leaves nothing behind; its space is given back
    when the array is collected.

    Attributes:
        folder: for the temporary files; the system's temporary folder when None.
    """

    def __init__(self, folder: Path | None = None, *, in_ram: int = LARGE - 1) -> None:
        """Choose where large arrays live.

        Args:
            folder: for the temporary files, best on the disk of the output; the system's temporary folder when None.
            in_ram: an array of more bytes than this is kept on disk.
        """
        self.folder = folder
        self._in_ram = in_ram

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Pixels:
        """An array with undefined content.

        Raises:
            OutputError: the disk has no room for it.
        """
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if size <= self._in_ram:
            return np.empty(shape, dtype)
        try:
            with tempfile.TemporaryFile(dir=self.folder) as file:
                # Writing to a mapped file beyond the space of the disk would kill the process, so it is reserved now.
                _reserve(file.fileno(), size)
                return np.memmap(file, dtype, "r+", shape=shape)
        except OSError as error:
            where = self.folder or tempfile.gettempdir()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                message = f"{where}: no room for {size / 2**20:.0f} MiB of intermediate pixels"
                raise OutputError(f"{message}; free some space and run again") from error
            raise OutputError(f"{where}: cannot be written ({error.strerror or error})") from error

    def joined(self, colour: Pixels, alpha: Pixels) -> Pixels:
        """``(H, W, 4)`` of colours ``(H, W, 3)`` and alpha ``(H, W)``."""
        result = self.empty((*alpha.shape, 4), alpha.dtype)
        result[..., :3], result[..., 3] = colour, alpha
        return result


def _reserve(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    block = bytes(2**20)
    for start in range(0, size, len(block)):
        os.write(descriptor, block[: size - start])
