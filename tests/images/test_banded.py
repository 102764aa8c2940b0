import io
import weakref
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest

from srgan.images import BANDED, Banded, Format, Picture, PictureInfo, band_height, encode
from tests.images.profiles import grey_profile, rgb_profile


def picture_of(grey: bool, kind: type, icc: bytes | None) -> Picture:
    shape = (700, 301, 1 if grey else 3)
    samples: Any = np.random.default_rng(1).integers(0, np.iinfo(kind).max + 1, shape).astype(kind)
    return Picture(
        np.repeat(samples, 3, axis=2) if grey else samples, grey=grey, info=PictureInfo(icc=icc, dpi=(72, 72))
    )


def written(picture: Picture | Banded, format: Format) -> bytes:
    buffer = io.BytesIO()
    encode(picture, buffer, format)
    return buffer.getvalue()


@pytest.mark.parametrize("profile", ["none", "camera", "grey"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("format", get_args(Format))
def test_bands_make_the_same_file_as_the_whole(
    format: Format, grey: bool, kind: type, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if format == "AVIF":
        pytest.importorskip("PIL._avif")
    monkeypatch.setattr("srgan.images.rows._BAND_BYTES", 100_000)
    icc = {"none": None, "camera": rgb_profile(), "grey": grey_profile()}[profile]
    picture = picture_of(grey, kind, icc)
    rows = band_height(picture, format)
    assert 1 < rows < 700
    pixels: Any = picture.rgb[..., 0] if grey else picture.rgb
    bands = (np.array(pixels[top : top + rows]) for top in range(0, 700, rows))
    banded = Banded(301, 700, picture.dtype, grey, picture.info, bands)
    assert band_height(banded, format) == rows
    assert written(banded, format) == written(picture, format)
    assert next(bands, None) is None


@pytest.mark.parametrize("format", sorted(BANDED))
def test_few_bands_are_in_memory_at_a_time(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.images.rows._BAND_BYTES", 20_000)
    rows = band_height(Banded(301, 4000, np.dtype(np.uint8)), format)
    seen: list[weakref.ref[Any]] = []
    most = 0

    def bands() -> Iterator[Any]:
        nonlocal most
        for top in range(0, 4000, rows):
            band = np.zeros((min(rows, 4000 - top), 301, 3), np.uint8)
            seen.append(weakref.ref(band))
            most = max(most, sum(one() is not None for one in seen))
            yield band
            del band

    written(Banded(301, 4000, np.dtype(np.uint8), bands=bands()), format)
    assert len(seen) > 100
    assert most < 20
