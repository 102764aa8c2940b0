"""Opening what is to be decoded: a regular file within the size limit, or bytes."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from srgan.errors import PictureError
from srgan.images.formats import foreign_format, open_regular, sniff_bytes
from srgan.images.picture import Format, Limits


@contextlib.contextmanager
def opened(source: str | Path | bytes, limits: Limits) -> Iterator[tuple[BinaryIO, Format]]:
    """Open a source and give the file at its start and its format, decided by content.

    Raises:
        PictureError: "permission", "vanished", "not_regular", "too_large" (bytes), "empty", "not_an_image" or
            "format_not_allowed".
        OSError: the file cannot be read; to be called inside `srgan.images.boundary.decoding`.
    """
    with contextlib.ExitStack() as stack:
        file: BinaryIO
        if isinstance(source, bytes):
            file, size = io.BytesIO(source), len(source)
        else:
            file = stack.enter_context(os.fdopen(open_regular(source), "rb"))
            size = os.fstat(file.fileno()).st_size
        if size > limits.file_bytes:
            raise PictureError("too_large", f"the file has {size} bytes, {limits.file_bytes} are allowed")
        head = file.read(1024)
        file.seek(0)
        if not head:
            raise PictureError("empty", "the file is empty")
        format = sniff_bytes(head)
        if format is None:
            if name := foreign_format(head):
                raise PictureError("format_not_allowed", f"{name} files are not accepted")
            raise PictureError("not_an_image", "not a picture, or of an unknown format")
        yield file, format
