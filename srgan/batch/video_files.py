"""Frames out of and into video files, with PyAV: time stamps, colours, depth and rotation as the file says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from srgan.errors import PictureError

__all__ = ["Clip", "encode_frames", "join", "open_clip", "read_frames"]

_HD_ROWS = 720
_MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9}
"""H.273 matrix coefficients -> the numbers of FFmpeg's scaler."""


@dataclass(frozen=True)
class Clip:
    """What a video file says about its pictures.

    Attributes:
        path: of the file.
        height: of an upright picture, in pixels.
        width: likewise.
        frames: how many, as the header says or as duration and rate make one believe; 0: unknown.
        deep: more than 8 bits a sample.
        chroma: ``"420"``, or ``"444"`` where colour is not subsampled.
        matrix: H.273 number of the matrix; where the file says nothing, that of its size.
        primaries: H.273 number; 2: unspecified.
        transfer: H.273 number; 2: unspecified.
        full_range: levels use the whole range.
        rate: average pictures a second.
        time_base: unit of the time stamps.
    """

    path: Path
    height: int
    width: int
    frames: int
    deep: bool
    chroma: str
    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    rate: Fraction
    time_base: Fraction


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except FFmpegError as error:
        raise PictureError("corrupt", f"the video is damaged or of an unknown kind: {error.strerror}") from error


def open_clip(path: Path) -> Clip:
    """Read what a video file says.

    Raises:
        PictureError: it is none, or damaged.
    """
    with _decoding(), av.open(str(path)) as container:
        if not container.streams.video:
            raise PictureError("not_a_video", "the file has no video stream")
        stream = container.streams.video[0]
        context = stream.codec_context
        if context.format is None or not context.width:
            raise PictureError("corrupt", "the video says nothing about its pictures")
        first = next(container.decode(stream), None)
        if first is None:
            raise PictureError("truncated", "the video has no pictures")
        turned = round(first.rotation / 90) % 2 == 1
        height, width = (first.width, first.height) if turned else (first.height, first.width)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        frames = stream.frames
        if not frames and container.duration:
            frames = round(float(container.duration / 1_000_000 * rate))
        matrix = int(context.colorspace)
        return Clip(
            path,
            height,
            width,
            frames,
            context.format.components[0].bits > 8,
            "444" if "444" in context.format.name or "rgb" in context.format.name else "420",
            matrix if matrix in _MATRICES else (1 if first.height >= _HD_ROWS else 6),
            int(context.color_primaries),
            int(context.color_trc),
            int(context.color_range) == 2,
            Fraction(rate),
            Fraction(stream.time_base or Fraction(1, 1000)),
        )


def read_frames(clip: Clip, *, skip: Any) -> Iterator[tuple[int, int, NDArray[Any] | None]]:  # noqa: ANN401
    """Number, time stamp and pixels ``(H, W, 3)`` (uint8 or uint16) of every picture, upright, in the order shown.

    Args:
        clip: the file.
        skip: told a number, says whether the pixels are not needed: then None is given for them.

    Raises:
        PictureError: it is damaged.
    """
    kind = "rgb48le" if clip.deep else "rgb24"
    with _decoding(), av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        last = None
        for number, frame in enumerate(container.decode(stream)):
            stamp = frame.pts if frame.pts is not None else (last or 0) + 1
            last = stamp
            if skip(number):
                yield number, stamp, None
                continue
            rgb = frame.reformat(
                format=kind, src_colorspace=_MATRICES[clip.matrix], src_color_range=2 if clip.full_range else 1
            ).to_ndarray()
            yield number, stamp, np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))


def encode_frames(
    file: BinaryIO, clip: Clip, size: tuple[int, int], frames: Iterator[tuple[int, NDArray[Any]]], *, quality: int
) -> None:
    """Write pictures as H.264 into a file of their own (NUT, which keeps every time stamp).

    Args:
        file: empty, open for writing and seekable.
        clip: whose colours and times they have.
        size: ``(height, width)``, even.
        frames: time stamp and pixels of each.
        quality: 1 to 100.
    """
    depth = "10le" if clip.deep else ""
    with av.open(file, "w", format="nut") as container:
        # No pictures that refer to later ones: segments can be put one behind the other as they are.
        options = {"crf": str(round(51 - 0.4 * quality)), "preset": "medium", "bf": "0"}
        stream: Any = container.add_stream("libx264", rate=clip.rate, options=options)
        stream.height, stream.width = size
        stream.pix_fmt = f"yuv{clip.chroma}p{depth}"
        context = stream.codec_context
        context.time_base = clip.time_base
        context.colorspace, context.color_primaries, context.color_trc = clip.matrix, clip.primaries, clip.transfer
        context.color_range = 2 if clip.full_range else 1
        for stamp, pixels in frames:
            rgb = av.VideoFrame.from_ndarray(pixels, format="rgb48le" if clip.deep else "rgb24")
            frame = rgb.reformat(
                format=stream.pix_fmt,
                dst_colorspace=_MATRICES[clip.matrix],
                dst_color_range=2 if clip.full_range else 1,
            )
            frame.pts, frame.time_base = stamp, clip.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def join(file: BinaryIO, kind: str, clip: Clip, segments: list[Path]) -> tuple[str, ...]:
    """Put segments one behind the other, beside the sound of the original, which is copied as it is.

    Args:
        file: empty, open for writing and seekable.
        kind: FFmpeg's name of the container.
        clip: the original.
        segments: in their order.

    Returns:
        What was left out, in words.
    """
    notes: list[str] = []
    with av.open(file, "w", format=kind) as output, av.open(str(clip.path)) as original:
        with av.open(str(segments[0])) as first:
            pictures = output.add_stream_from_template(first.streams.video[0])
        pictures.time_base = clip.time_base
        copies: dict[int, Any] = {}
        for stream in original.streams.audio:
            try:
                copies[stream.index] = output.add_stream_from_template(stream)
            except (FFmpegError, ValueError) as error:
                notes.append(f"a sound track was left out: {error}")
        lost = len(original.streams) - len(original.streams.audio) - 1
        if lost:
            notes.append(f"{lost} streams that are neither pictures nor sound were left out")
        sound = _sound(original, copies)
        waiting = next(sound, None)
        for packet in _pictures(segments):
            while waiting is not None and _seconds(waiting[0]) <= _seconds(packet):
                _mux(output, *waiting)
                waiting = next(sound, None)
            _mux(output, packet, pictures)
        while waiting is not None:
            _mux(output, *waiting)
            waiting = next(sound, None)
    return tuple(notes)


def _pictures(segments: list[Path]) -> Iterator[Any]:
    for segment in segments:
        with av.open(str(segment)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.pts is not None:
                    packet.dts = packet.pts  # no picture refers to a later one
                    yield packet


def _sound(original: Any, copies: dict[int, Any]) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    if copies:
        with _decoding():
            for packet in original.demux([original.streams[index] for index in copies]):
                if packet.dts is not None:
                    yield packet, copies[packet.stream.index]


def _seconds(packet: Any) -> float:  # noqa: ANN401
    return float(packet.dts * packet.time_base)


def _mux(output: Any, packet: Any, stream: Any) -> None:  # noqa: ANN401
    packet.stream = stream
    output.mux(packet)
