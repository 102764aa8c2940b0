"""Small video files."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

STEPS = (60, 24, 24)
"""Time between pictures in turn, in 600ths of a second: a variable frame rate."""


def make_clip(path: Path, *, frames: int = 20, size: tuple[int, int] = (48, 64), deep: bool = False) -> Path:
    """A bar that moves by two pixels a picture over orange, with a tone beside it, tagged as BT.709."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p10le" if deep else "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, 600)
        context.colorspace = context.color_primaries = context.color_trc = 1
        sound: Any = container.add_stream("aac", rate=44100, layout="mono")
        stamp = 0
        for number in range(frames):
            pixels = np.full((*size, 3), (200, 90, 40), np.uint8)
            pixels[8:24, 2 * number : 2 * number + 8] = (30, 200, 120)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format=stream.pix_fmt, dst_colorspace=1, dst_color_range=1
            )
            frame.pts, frame.time_base = stamp, Fraction(1, 600)
            stamp += STEPS[number % 3]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        tone = (np.sin(np.arange(22050) / 20) * 8000).astype(np.int16)[None]
        samples = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        samples.rate, samples.pts = 44100, 0
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=44100, frame_size=1024)
        for part in (*resampler.resample(samples), *resampler.resample(None)):
            container.mux(sound.encode(part))
        container.mux(sound.encode(None))
    return path


def turned_by_90(path: Path) -> Path:
    """Say in an MP4 file that its pictures lie on their side."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd")
    one, none = b"\0\1\0\0", b"\0\0\0\0"
    identity = one + none * 3 + one + none * 3 + b"\x40\0\0\0"
    turned = none + one + none + b"\xff\xff\0\0" + none * 4 + b"\x40\0\0\0"
    place = data.index(identity, header)
    data[place : place + 36] = turned
    path.write_bytes(data)
    return path
