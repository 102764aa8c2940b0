"""One picture through a pipe: standard input, standard output."""

import io
from typing import BinaryIO

from srgan.batch.inference import infer
from srgan.batch.job import Job
from srgan.errors import PictureError
from srgan.images import Decoder, Format, Picture, check_output, encode
from srgan.runtime import Model

__all__ = ["infer_stream", "to_bytes"]


def infer_stream(source: BinaryIO, job: Job, model: Model, format: Format | None = None) -> tuple[Picture, Format]:
    """Read one picture from an open file and upscale or translate it.

    Args:
        source: read to its end, at most as much as the limits allow.
        job: target and limits.
        model: what runs.
        format: of the output; None keeps the input's.

    Returns:
        The result, and the format to write it in.

    Raises:
        PictureError: no picture, or too large.
    """
    data = source.read(job.limits.file_bytes + 1)
    if not data:
        raise PictureError("empty", "standard input is empty")
    with Decoder(limits=job.limits, keep_gps=job.keep_gps) as decoder:
        picture = decoder.read(data)
    kind = format or picture.info.format
    size = job.target.size(picture.height, picture.width, model.scale)
    check_output(size[1], size[0], kind, job.limits)
    return infer(picture, job, model), kind


def to_bytes(picture: Picture, format: Format, quality: int | None) -> tuple[bytes, tuple[str, ...]]:
    """The finished file, and what the format lost; complete before a byte is written anywhere."""
    buffer = io.BytesIO()
    notes = encode(picture, buffer, format, quality=quality)
    return buffer.getvalue(), notes
