"""What a job does to a picture, once it is in memory."""

from pathlib import Path

from srgan.batch.job import Job
from srgan.images import Picture
from srgan.runtime import Model, enlarge

__all__ = ["infer"]


def infer(picture: Picture, job: Job, model: Model, sample: int = 0, *, scratch: Path | None = None) -> Picture:
    """Upscale or translate one picture.

    Args:
        picture: decoded.
        job: what to do.
        model: what runs.
        sample: which of a translation's results.
        scratch: folder for large intermediate pixels.

    Raises:
        PictureError: memory, or values that are not finite.
    """
    if job.translation is None:
        size = job.target.size(picture.height, picture.width, model.scale)
        return enlarge(model, picture, finish=job.finish, size=size, scratch=scratch)
    seed = job.translation.seed
    return model.translate(picture, size=job.target.long_side, seed=seed, sample=sample, scratch=scratch)
