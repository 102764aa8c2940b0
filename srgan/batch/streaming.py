"""Large results, written while they are computed: which ones, and how both sides go about it."""

from srgan.batch.handing import BandQueue, BegunAnewError, NotWantedError
from srgan.batch.job import Item, Job
from srgan.images import BANDED, Banded, Picture, band_height, save
from srgan.runtime import LARGE, Model

__all__ = ["give", "streams", "write"]


def streams(job: Job, item: Item, model: Model, picture: Picture, size: tuple[int, int]) -> bool:
    """Whether a result is written in bands; all others are computed whole, then written.

    Args:
        job: what to do.
        item: the file.
        model: what runs.
        picture: decoded.
        size: ``(height, width)`` of the result.
    """
    if job.translation is not None or not job.finish.plain or item.format not in BANDED:
        return False
    channels = 1 if picture.grey else 3
    if size[0] * size[1] * channels * picture.dtype.itemsize < LARGE:
        return False
    return model.comes_in_bands(picture, size)


def give(picture: Picture, item: Item, model: Model, queue: BandQueue) -> tuple[str, ...]:
    """Compute the bands, in the network's thread; returns what people should know.

    Raises:
        Exception: as `Model.bands`.
    """
    notes: tuple[str, ...] = ()
    begun = False
    try:
        for band in model.bands(picture, band_height(_result(picture, model.scale), item.format)):
            if band.top == 0 and begun:
                queue.begin_anew()
            begun, notes = True, band.notes
            queue.put(band.pixels)
    except NotWantedError:
        pass  # the writer has failed, and tells why
    return notes


def write(picture: Picture, item: Item, scale: int, queue: BandQueue, quality: int | None) -> tuple[str, ...]:
    """Write the bands as they come, in an encoding thread; returns what was lost.

    The output is there completely or not at all, with the same bytes as if it had been whole in memory.

    Raises:
        Exception: as `srgan.images.save`, or what the other side has failed with.
    """
    try:
        while True:
            try:
                return save(_result(picture, scale, queue), item.out, format=item.format, quality=quality)
            except BegunAnewError:
                continue
    finally:
        queue.leave()


def _result(picture: Picture, scale: int, queue: BandQueue | None = None) -> Banded:
    return Banded(
        width=picture.width * scale,
        height=picture.height * scale,
        dtype=picture.dtype,
        grey=picture.grey,
        info=picture.info,
        bands=() if queue is None else queue.take(),
    )
