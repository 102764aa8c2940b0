"""Animations: every frame goes through the model, one after the other, and nothing else of them is in memory."""

from dataclasses import replace

from srgan.batch.inference import infer
from srgan.batch.job import Item, Job
from srgan.errors import PictureError
from srgan.files import atomic_write
from srgan.images import ANIMATED, AnimationWriter, Decoder, Header
from srgan.runtime import Model

__all__ = ["animate", "check_animation", "is_animation"]


def is_animation(job: Job, header: Header) -> bool:
    """Whether all frames of a file are wanted, and there are several."""
    return job.frames == "all" and header.frames > 1 and header.format in ANIMATED


def check_animation(job: Job, item: Item, header: Header, size: tuple[int, int]) -> None:
    """Refuse an animation that its output cannot hold, before anything is computed.

    Args:
        job: what to do.
        item: the file.
        header: of the file.
        size: ``(height, width)`` of the output.

    Raises:
        PictureError: ``"no_animation"``, or ``"too_large"``: all frames together count.
    """
    if item.format not in ANIMATED:
        raise PictureError(
            "no_animation", f"{item.format} holds a single picture: choose --format gif, png or webp, or --frames first"
        )
    pixels = header.frames * size[0] * size[1]
    if pixels > job.limits.output_pixels:
        allowed = f"{job.limits.output_pixels / 1e6:g} million"
        raise PictureError(
            "too_large",
            f"{header.frames} frames of {size[1]} x {size[0]} pixels are more than allowed ({allowed} in all)",
        )


def animate(item: Item, job: Job, model: Model, size: tuple[int, int]) -> tuple[str, ...]:
    """Make the output of an animation; it is there completely or not at all.

    Args:
        item: the file, and where to.
        job: what to do.
        model: what runs.
        size: ``(height, width)`` of the output.

    Returns:
        What a person should know.

    Raises:
        PictureError: the file is damaged, or another one than its header says.
        OutputError: the output cannot be written.
    """
    notes: list[str] = []
    with Decoder(limits=job.limits, keep_gps=job.keep_gps) as decoder, atomic_write(item.out) as file:
        writer = AnimationWriter(file, item.format, quality=job.quality)
        count = left = 0
        for frame in decoder.frames(item.found.path):
            count, left = count + 1, frame.count - count - 1
            picture = infer(frame.picture, job, model, item.sample, scratch=item.out.parent)
            if (picture.height, picture.width) != size:
                raise PictureError("corrupt", f"frame {count} has another size than the animation")
            notes += [*picture.notes, *writer.add(replace(frame, picture=picture))]
        if not count or left:
            raise PictureError("truncated", f"the animation ends after {count} frames")
        writer.finish()
    return tuple(dict.fromkeys(notes))
