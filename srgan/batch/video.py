"""Upscaling a video: segment by segment into a folder beside the output, then put together with the sound."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from srgan.batch.ahead import in_order
from srgan.batch.clips import CONTAINERS
from srgan.batch.existing import fingerprint
from srgan.batch.job import Job, Result
from srgan.batch.outcome import check_unchanged, digest_input, stat_input
from srgan.batch.video_files import Clip, encode_frames, join, open_clip, read_frames
from srgan.errors import PictureError
from srgan.files import atomic_write, folder_lock, make_folder, sha256_file, sweep_temporaries
from srgan.images import check_output
from srgan.runtime import Model, enlarge

__all__ = ["SEGMENT", "Stopped", "foresee_video", "upscale_video"]

SEGMENT = 48
"""Pictures of a segment: so many at most are lost when a run is interrupted."""

_QUALITY = 85
_IN_HAND = 512 * 1024 * 1024
"""Bytes of results that are computed ahead of the encoder, at most, when there is a team."""


class Stopped(Exception):  # noqa: N818 - not an error: somebody wanted it
    """The work was ended from outside; the finished segments stay."""


def foresee_video(path: Path, out: Path, job: Job, model: Model) -> Result:
    """What would become of a video; nothing is written.

    Raises:
        PictureError: it is none, or too large.
    """
    if out.exists() and not job.overwrite:
        return Result(path, "skipped", "exists", "is already there; --overwrite makes it again", out)
    stat_input(path)
    height, width = _size(open_clip(path), job, model)
    return Result(path, "planned", None, "", out, None, width, height)


def upscale_video(
    path: Path,
    out: Path,
    job: Job,
    model: Model,
    *,
    on_frame: Callable[[int, int], None],
    stop: threading.Event,
) -> Result:
    """Make one video; what an interrupted run finished of it is used.

    Args:
        path: the input.
        out: the output; it is there completely or not at all.
        job: size, quality, limits (of every picture), finish.
        model: what runs.
        on_frame: told the number of pictures that are done, and how many there are (0: unknown).
        stop: when set, the work ends within the present picture.

    Raises:
        PictureError: the video is damaged, too large, or was changed meanwhile.
        OutputError: the output cannot be written, or another run makes it.
        Stopped: `stop` was set.
    """
    started = time.perf_counter()
    before = stat_input(path)
    clip = open_clip(path)
    size = _size(clip, job, model)
    if out.exists() and not job.overwrite:
        return foresee_video(path, out, job, model)
    make_folder(out.parent)
    folder = out.with_name(f".{out.name}.srgan-segments")
    with folder_lock(folder):
        sweep_temporaries(folder)
        sweep_temporaries(out.parent)
        _claim(folder, path, job, model)
        segments = _make_segments(folder, clip, size, job, model, on_frame, stop)
        check_unchanged(path, before)
        with atomic_write(out) as file:
            notes = join(file, CONTAINERS[out.suffix.lower()], clip, segments)
        for segment in (*segments, folder / "of"):
            segment.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    took = round(1000 * (time.perf_counter() - started))
    return Result(path, "done", None, "; ".join(notes), out, None, size[1], size[0], took, sha256_file(out))


def _size(clip: Clip, job: Job, model: Model) -> tuple[int, int]:
    """Height and width of the result; even, because colour has half of them."""
    job.limits.check_input(clip.width, clip.height)
    height, width = (side + side % 2 for side in job.target.size(clip.height, clip.width, model.scale))
    check_output(width, height, "PNG", job.limits)
    if max(height, width) > 16_384:
        raise PictureError("output_too_large_for_format", f"H.264 holds no pictures of {width} x {height} pixels")
    return height, width


def _claim(folder: Path, path: Path, job: Job, model: Model) -> None:
    """Keep the segments that are there when they are of this video, model and wishes; else remove them."""
    key = hashlib.sha256(f"{digest_input(path)} {fingerprint(job, model)} {SEGMENT}".encode()).hexdigest()
    mark = folder / "of"
    if mark.exists() and mark.read_text("ascii", "replace") == key:
        return
    for segment in folder.glob("*.nut"):
        segment.unlink()
    with atomic_write(mark) as file:
        file.write(key.encode())


def _make_segments(
    folder: Path,
    clip: Clip,
    size: tuple[int, int],
    job: Job,
    model: Model,
    on_frame: Callable[[int, int], None],
    stop: threading.Event,
) -> list[Path]:
    def segment_of(number: int) -> Path:
        return folder / f"{number // SEGMENT:06}.nut"

    def there(number: int) -> bool:
        return segment_of(number).exists()

    segments: list[Path] = []
    frames = read_frames(clip, skip=there)
    with contextlib.closing(frames):  # type: ignore[type-var]
        for number, stamp, pixels in frames:
            if pixels is None:
                if stop.is_set():
                    raise Stopped
                if number % SEGMENT == 0:
                    segments.append(segment_of(number))
                on_frame(number + 1, clip.frames)
                continue
            segments.append(segment_of(number))
            with atomic_write(segments[-1]) as file:
                one = _Segment(number, (stamp, pixels), frames)
                encode_frames(
                    file,
                    clip,
                    size,
                    _enlarged(one, job, model, size, clip, on_frame, stop),
                    quality=job.quality or _QUALITY,
                )
    if not segments:
        raise PictureError("truncated", "the video has no pictures")
    return segments


class _Segment:
    """The pictures of one segment: the first, which is known, and those that follow it."""

    def __init__(
        self, number: int, first: tuple[int, NDArray[Any]], rest: Iterator[tuple[int, int, NDArray[Any] | None]]
    ) -> None:
        self._number, self._first, self._rest = number, first, rest

    def __iter__(self) -> Iterator[tuple[int, int, NDArray[Any]]]:
        yield self._number, *self._first
        number = self._number
        while (number + 1) % SEGMENT:
            following = next(self._rest, None)
            if following is None:
                return
            number, stamp, pixels = following
            assert pixels is not None, "a segment is there when it is whole"
            yield number, stamp, pixels


def _enlarged(
    segment: _Segment,
    job: Job,
    model: Model,
    size: tuple[int, int],
    clip: Clip,
    on_frame: Callable[[int, int], None],
    stop: threading.Event,
) -> Iterator[tuple[int, NDArray[Any]]]:
    def work(one: Model, picture: tuple[int, int, NDArray[Any]]) -> NDArray[Any]:
        return enlarge(one, picture[2], finish=job.finish, size=size)

    most = max(1, _IN_HAND // (6 * size[0] * size[1]))
    with contextlib.closing(in_order(segment, work, model.team, most)) as done:
        for (number, stamp, _), pixels in done:
            if stop.is_set():
                raise Stopped
            yield stamp, pixels
            on_frame(number + 1, clip.frames)
