"""Writing pictures in a child: the same files as in this process, and faults that cost one picture."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from srgan.errors import PictureError
from srgan.images import Codec, Format, Limits, Picture, PictureInfo, encode
from tests.images.profiles import rgb_profile


@pytest.fixture(scope="module")
def codec() -> Iterator[Codec]:
    with Codec() as codec:
        yield codec


def _picture(*, deep: bool = False, alpha: bool = False, grey: bool = False) -> Picture:
    rng = np.random.default_rng(0)
    kind: Any = np.uint16 if deep else np.uint8
    top = 65536 if deep else 256
    rgb = rng.integers(0, top, (30, 40, 1 if grey else 3)).astype(kind)
    info = PictureInfo(icc=None if grey else rgb_profile(), xmp=b"<x/>", dpi=(72, 96), parameters="a red apple")
    clear = rng.integers(0, top, (30, 40)).astype(kind) if alpha else None
    return Picture(np.broadcast_to(rgb, (30, 40, 3)), clear, grey, info)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "PPM"])
@pytest.mark.parametrize("kind", [{}, {"deep": True}, {"alpha": True}, {"grey": True}], ids=str)
def test_the_file_is_the_same(codec: Codec, format: Format, kind: dict[str, bool]) -> None:
    picture, here = _picture(**kind), io.BytesIO()
    notes = encode(picture, here, format)
    assert codec.write(picture, format, seconds=30) == (here.getvalue(), notes)


def test_what_cannot_be_written_fails_alone(codec: Codec) -> None:
    wide = Picture(np.zeros((1, 20_000, 3), np.uint8))
    with pytest.raises(PictureError) as refused:
        codec.write(wide, "WEBP", seconds=30)
    assert refused.value.code == "output_too_large_for_format"
    data, _ = codec.write(_picture(), "PNG", quality=None, seconds=30)
    assert codec.read(data).width == 40, "and the same child reads"


def test_memory_is_limited() -> None:
    large = Picture(np.zeros((9_000, 9_000, 3), np.uint8))
    with Codec(limits=Limits(memory_bytes=600 << 20)) as codec:
        with pytest.raises(PictureError) as refused:
            codec.write(large, "BMP", seconds=60)
        assert refused.value.code == "oom"
        assert codec.write(_picture(), "PNG", seconds=30)[0]
        with pytest.raises(PictureError) as refused:
            codec.write(Picture(np.zeros((15_000, 15_000, 3), np.uint8)), "PNG", seconds=60)
        assert refused.value.code == "oom", "not even what was sent fits"
        assert codec.write(_picture(), "PNG", seconds=30)[0]


def test_a_deadline_ends_it() -> None:
    with Codec() as codec:
        codec.write(_picture(), "PNG", seconds=60)
        with pytest.raises(PictureError) as refused:
            codec.write(Picture(np.zeros((4_000, 4_000, 3), np.uint8)), "AVIF", seconds=0.01)
        assert refused.value.code == "timeout"
        assert codec.write(_picture(), "PNG", seconds=60)[0]
