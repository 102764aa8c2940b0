import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from srgan.images import FORMATS, Picture, PictureInfo, read, save
from srgan.images.colour import is_srgb, profile_kind, srgb_profile
from tests.images.hostile import encoded, png_of
from tests.images.profiles import ADOBE_RGB, DISPLAY_P3, SRGB, cmyk_profile, grey_profile, rgb_profile

XYZ_TO_SRGB = np.linalg.inv(np.array(SRGB).T)


def to_srgb(values: NDArray[Any], primaries: tuple[tuple[float, ...], ...], gamma: float) -> NDArray[np.float64]:
    """The conversion by the book: values in [0, 1] of a matrix profile to sRGB in [0, 1]."""
    linear = np.clip(values**gamma @ np.array(primaries) @ XYZ_TO_SRGB.T, 0, 1)
    curved: NDArray[np.float64] = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return curved


def muted(dtype: Any) -> NDArray[Any]:  # noqa: ANN401
    """Colours that lie in sRGB's gamut whatever RGB they are taken for."""
    largest = int(np.iinfo(dtype).max)
    samples = np.random.default_rng(3).integers(largest * 9 // 20, largest * 3 // 4, (16, 16, 3))
    return np.asarray(samples, dtype)


@pytest.mark.parametrize("gamma", [1.8, 2.19921875])
@pytest.mark.parametrize("primaries", [ADOBE_RGB, DISPLAY_P3])
def test_8_bit_colours_become_srgb_as_the_book_says(
    primaries: tuple[tuple[float, float, float], ...], gamma: float
) -> None:
    samples = muted(np.uint8)
    icc = rgb_profile(primaries, gamma)
    picture = read(encoded(Image.fromarray(samples), "PNG", icc_profile=icc))
    expected = to_srgb(samples / 255, primaries, round(gamma * 256) / 256) * 255
    assert np.abs(picture.rgb - expected).max() < 1.2
    assert np.abs(expected - samples).max() > 3
    assert picture.info.icc == icc
    assert picture.notes == ()


def test_16_bit_colours_become_srgb_as_the_book_says() -> None:
    samples = muted(np.uint16)
    picture = read(_deep_png(samples, rgb_profile(DISPLAY_P3, 2.2)))
    expected = to_srgb(samples / 65535, DISPLAY_P3, round(2.2 * 256) / 256) * 65535
    assert picture.rgb.dtype == np.uint16
    assert np.abs(picture.rgb - expected).max() < 120  # of 65535


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp", ".avif"])
def test_colours_come_back_into_their_own_profile(suffix: str, tmp_path: Path) -> None:
    samples = np.repeat(np.repeat(muted(np.uint8)[::4, ::4], 8, axis=0), 8, axis=1)
    icc = rgb_profile(DISPLAY_P3, 2.2)
    picture = read(encoded(Image.fromarray(samples), "PNG", icc_profile=icc))
    save(picture, tmp_path / f"a{suffix}", quality=100)
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.info["icc_profile"] == icc
        difference = np.abs(np.asarray(image.convert("RGB")).astype(int) - samples)
    assert difference.max() <= (1 if suffix in (".png", ".tif", ".webp") else 4)
    assert np.abs(picture.rgb.astype(int) - samples).max() > 3


def test_16_bit_colours_come_back_into_their_own_profile(tmp_path: Path) -> None:
    samples = muted(np.uint16)
    icc = rgb_profile(ADOBE_RGB, 2.2)
    picture = read(_deep_png(samples, icc))
    for name in ("a.png", "a.tif"):
        save(picture, tmp_path / name)
        again = pyvips.Image.new_from_file(str(tmp_path / name))
        assert bytes(again.get("icc-profile-data")) == icc
        assert np.abs(again.numpy().astype(int) - samples).max() < 200  # of 65535


def test_an_srgb_profile_changes_nothing_and_is_kept(tmp_path: Path) -> None:
    samples = np.random.default_rng(3).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    for icc in (srgb_profile(), _srgb_of_another_make()):
        picture = read(encoded(Image.fromarray(samples), "JPEG", quality=100, subsampling=0, icc_profile=icc))
        plain = read(encoded(Image.fromarray(samples), "JPEG", quality=100, subsampling=0))
        assert np.array_equal(picture.rgb, plain.rgb)
        save(picture, tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as image:
            assert image.info["icc_profile"] == icc
            assert np.array_equal(np.asarray(image), plain.rgb)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_profiles(dtype: Any, tmp_path: Path) -> None:  # noqa: ANN401
    largest = np.iinfo(dtype).max
    ramp = np.linspace(0.1 * largest, largest, 60).astype(dtype).reshape(6, 10, 1)
    icc = grey_profile(1.8)
    picture = read(_deep_png(ramp, icc))
    linear = (ramp[..., 0] / largest) ** (round(1.8 * 256) / 256)
    expected = (1.055 * linear ** (1 / 2.4) - 0.055) * largest
    assert picture.grey
    assert np.abs(picture.rgb[..., 0] - expected).max() < largest / 250
    save(picture, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["icc_profile"] == icc
        assert np.abs(np.asarray(image).astype(int) - ramp[..., 0]).max() <= (1 if dtype == np.uint8 else 200)
    save(picture, tmp_path / "a.webp", quality=100)  # knows no grey: written as sRGB, without the profile
    with Image.open(tmp_path / "a.webp") as image:
        assert "icc_profile" not in image.info
        assert np.abs(np.asarray(image)[..., 0] - expected * 255 / largest).max() < 2


def test_cmyk_goes_through_its_profile() -> None:
    icc = cmyk_profile()
    ink = np.random.default_rng(4).integers(0, 200, (8, 8, 4)).astype(np.uint8)
    ink[..., 3] //= 4
    data = encoded(Image.fromarray(ink, "CMYK"), "TIFF", icc_profile=icc)
    picture = read(data)
    other = pyvips.Image.new_from_buffer(data, "").icc_transform(
        "srgb", embedded=True, intent="relative", black_point_compensation=True
    )
    assert np.abs(picture.rgb.astype(int) - other.numpy()).mean() < 3
    assert picture.info.icc is None
    assert picture.notes == ("CMYK was converted to sRGB",)


def test_profiles_that_do_not_fit_are_ignored_with_a_note() -> None:
    image = Image.new("RGB", (4, 4), (10, 200, 30))
    for icc in (b"rubbish" * 30, grey_profile(), cmyk_profile(), rgb_profile()[:300]):
        picture = read(encoded(image, "PNG", icc_profile=icc))
        assert picture.rgb[0, 0].tolist() == [10, 200, 30]
        assert picture.info.icc is None
        assert "ignored" in picture.notes[0]
    picture = read(encoded(image, "TIFF", icc_profile=bytes(1 << 20) + b"1"))
    assert picture.info.icc is None
    assert "too large" in picture.notes[0]


def test_kinds_of_profiles() -> None:
    kinds = [profile_kind(icc) for icc in (rgb_profile(), grey_profile(), cmyk_profile(), srgb_profile(), b"", b"x")]
    assert kinds == ["rgb", "grey", "cmyk", "rgb", None, None]
    assert is_srgb(srgb_profile())
    assert not is_srgb(rgb_profile())
    assert not is_srgb(rgb_profile(SRGB, 1.8))
    assert not is_srgb(grey_profile())


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".ppm"])
def test_formats_without_profiles_hold_srgb(suffix: str, tmp_path: Path) -> None:
    rgb = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    save(Picture(rgb, info=PictureInfo(FORMATS[suffix], icc=rgb_profile())), tmp_path / f"a{suffix}")
    assert np.array_equal(read(tmp_path / f"a{suffix}").rgb, rgb)


def _srgb_of_another_make() -> bytes:
    white = pyvips.Image.black(1, 1, bands=3).copy(interpretation="lab")
    return bytes(white.icc_export(output_profile="srgb").get("icc-profile-data"))


def _deep_png(samples: NDArray[Any], icc: bytes) -> bytes:
    return png_of(samples, (b"iCCP", b"x\0\0" + zlib.compress(icc)))
