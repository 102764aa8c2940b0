import errno
import os
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image, ImageFile

from srgan.errors import PictureError
from srgan.images import Limits, probe, read
from tests.images.hostile import encoded, png, png_of, tiff_of


def noise(channels: int, dtype: Any = np.uint8, size: tuple[int, int] = (9, 14)) -> NDArray[Any]:  # noqa: ANN401
    return np.random.default_rng(5).integers(0, np.iinfo(dtype).max + 1, (*size, channels)).astype(dtype)


def code_of(source: bytes | Path, **limits: Any) -> str:  # noqa: ANN401
    with pytest.raises(PictureError) as caught:
        read(source, limits=Limits(**limits))
    return caught.value.code


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_samples_are_exact(channels: int, dtype: Any) -> None:  # noqa: ANN401
    samples = noise(channels, dtype)
    picture = read(png_of(samples))
    colours = 1 if channels < 3 else 3
    assert picture.rgb.dtype == dtype
    assert picture.grey == (channels < 3)
    assert np.array_equal(picture.rgb, np.broadcast_to(samples[..., :colours], (9, 14, 3)))
    if channels in (2, 4):
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, samples[..., -1])
    else:
        assert picture.alpha is None
    assert picture.notes == ()


@pytest.mark.parametrize("compression", ["none", "deflate", "lzw"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_tiff_samples_are_exact(channels: int, compression: str) -> None:
    samples = noise(channels, np.uint16)
    picture = read(tiff_of(samples, compression=compression))
    assert picture.rgb.dtype == np.uint16
    assert picture.grey == (channels == 1)
    assert np.array_equal(picture.rgb, np.broadcast_to(samples[..., :3], (9, 14, 3)))
    assert (picture.alpha is not None) == (channels == 4)


def test_big_endian_16_bit_tiff_is_exact() -> None:
    samples = noise(3, np.uint16)
    data = samples.astype(">u2").tobytes()
    tags = [(256, 3, 1, 14 << 16), (257, 3, 1, 9 << 16), (258, 3, 3, 8), (259, 3, 1, 1 << 16), (262, 3, 1, 2 << 16)]
    tags += [(273, 4, 1, 14), (277, 3, 1, 3 << 16), (278, 3, 1, 9 << 16), (279, 4, 1, len(data))]
    place = 14 + len(data)
    head = b"MM\0*" + struct.pack(">L", place) + struct.pack(">3H", 16, 16, 16)
    directory = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHLL", *tag) for tag in tags) + bytes(4)
    picture = read(head + data + directory)
    assert np.array_equal(picture.rgb, samples)


def test_grey_tiff_whose_zero_is_white_is_turned_over() -> None:
    samples = noise(1, np.uint16)
    assert np.array_equal(read(tiff_of(samples, miniswhite=True)).rgb[..., 0], samples[..., 0])


def test_premultiplied_tiff_alpha_becomes_straight() -> None:
    samples = noise(4, np.uint16)
    samples[..., 3] |= 0x8000
    weight = samples[..., 3:].astype(np.float64) / 65535
    multiplied = np.concatenate([np.rint(samples[..., :3] * weight).astype(np.uint16), samples[..., 3:]], axis=2)
    picture = read(tiff_of(multiplied, premultiply=False).replace(*_extra_samples(2, 1)))
    assert np.abs(picture.rgb.astype(int) - samples[..., :3]).max() <= 2
    assert picture.alpha is not None


def _extra_samples(old: int, new: int) -> tuple[bytes, bytes]:
    return tuple(struct.pack("<HHLHH", 338, 3, 1, value, 0) for value in (old, new))  # type: ignore[return-value]


def test_16_bit_colour_ppm_is_exact_and_scaled_to_its_maximum() -> None:
    samples = noise(3, np.uint16)
    assert np.array_equal(read(b"P6\n# note\n14 9\n65535\n" + samples.astype(">u2").tobytes()).rgb, samples)
    assert read(b"P3\n2 1\n1000 # maximum\n0 500 1000 1 2 3\n").rgb[0, 0].tolist() == [0, 32768, 65535]
    assert code_of(b"P6 14 9 1000\n" + samples.astype(">u2").tobytes()) == "corrupt"
    assert read(b"P5 2 1 65535\n\x12\x34\xff\xff").rgb[0, :, 1].tolist() == [0x1234, 65535]


def test_bits_and_palettes() -> None:
    bits = noise(1)[..., 0] > 127
    picture = read(encoded(Image.fromarray(bits), "PNG"))
    assert picture.grey
    assert np.array_equal(picture.rgb[..., 0], bits * np.uint8(255))
    image = Image.fromarray(noise(3)).quantize(8)
    picture = read(encoded(image, "PNG", transparency=bytes([0, 128, 255])))
    assert np.array_equal(picture.rgb, np.asarray(image.convert("RGB")))
    assert picture.alpha is not None
    table = np.array([0, 128, 255, 255, 255, 255, 255, 255])
    assert np.array_equal(picture.alpha, table[np.asarray(image)])


def test_one_colour_can_be_transparent() -> None:
    samples = noise(3)
    picture = read(encoded(Image.fromarray(samples), "PNG", transparency=tuple(samples[0, 0].tolist())))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert picture.alpha[1:].min() == 255


TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "PNG16", "PNGlate", "TIFF", "TIFF16", "WEBP", "JPEG"])
def test_orientation_is_applied_once_and_reset(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010F] = "maker"
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    samples = noise(3, np.uint16 if "16" in kind else np.uint8)
    if kind == "PNG16":
        data = png_of(samples, (b"eXIf", tiff))
    elif kind == "TIFF16":
        image = pyvips.Image.new_from_array(samples, interpretation="rgb16").copy()
        image.set_type(pyvips.GValue.gint_type, "orientation", turn)
        data = bytes(image.tiffsave_buffer())
    elif kind == "PNGlate":
        data = png_of(samples)
        end = data.index(b"IEND") - 4
        chunk = png_of(samples, (b"eXIf", tiff))
        start = chunk.index(b"eXIf") - 4
        data = data[:end] + chunk[start : start + 12 + len(tiff)] + data[end:]
    else:
        options = {"lossless": True} if kind == "WEBP" else {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
        data = encoded(Image.fromarray(samples), kind, exif=exif, **options)
    picture = read(data)
    expected = TURNS[turn](samples)
    assert (picture.width, picture.height) == (expected.shape[1], expected.shape[0])
    assert np.abs(picture.rgb.astype(int) - expected).max() <= (4 if kind == "JPEG" else 0)
    header = probe(data)
    assert (header.width, header.height) == (picture.width, picture.height)
    if kind != "TIFF16":
        assert picture.info.exif is not None
        kept = Image.Exif()
        kept.load(picture.info.exif)
        assert (kept[0x0112], kept[0x010F]) == (1, "maker")


def test_animations_give_their_first_frame_and_a_note() -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue", "lime")]
    for format in ("GIF", "PNG", "WEBP", "TIFF"):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
        picture = read(data)
        assert picture.rgb[0, 0, 0] > 250
        assert "first of 3" in picture.notes[0]
        assert probe(data).frames == 3


def test_cmyk_with_adobes_inversion_is_the_right_way_round() -> None:
    image = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    image.paste((0, 255, 255, 0), (0, 0, 4, 8))
    data = encoded(image, "JPEG", quality=100)
    assert b"Adobe" in data
    picture = read(data)
    assert picture.rgb[0, 7].min() > 250
    assert picture.rgb[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)
    assert picture.info.icc is None
    assert "approximately" in picture.notes[0]


def test_lab_tiff_is_converted() -> None:
    lab = Image.merge("LAB", [Image.new("L", (4, 4), value) for value in (255, 128, 128)])
    assert read(encoded(lab, "TIFF")).rgb.min() >= 253


def test_float_tiff() -> None:
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4, 1)
    picture = read(tiff_of(values))
    assert picture.grey
    assert np.array_equal(picture.rgb[..., 0], np.rint(values[..., 0] * np.float64(65535)))
    assert "float" in picture.notes[0]
    assert code_of(tiff_of(np.repeat(values, 3, axis=2) * 300)) == "format_not_allowed"
    values[1, 1] = np.nan
    assert code_of(tiff_of(values)) == "non_finite"
    assert code_of(tiff_of(np.repeat(values, 3, axis=2))) == "non_finite"


def test_content_decides_and_a_wrong_name_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(png_of(noise(3)))
    picture = read(path)
    assert picture.info.format == "PNG"
    assert picture.notes == ("the file is PNG although its name ends in .jpg",)
    assert probe(path).format == "PNG"


def test_limits_are_checked_from_the_header() -> None:
    zeros = b"x\x9c\x03\x00\x00\x00\x00\x01"
    assert code_of(png(50_000, 50_000, 8, 2, zeros)) == "too_large"
    assert code_of(png_of(noise(3)), input_pixels=14 * 9 - 1) == "too_large"
    assert code_of(png_of(noise(3)), side=13) == "too_large"
    assert code_of(png_of(noise(3)), file_bytes=50) == "too_large"
    assert read(png_of(noise(3)), limits=Limits(input_pixels=14 * 9, side=14)).width == 14
    # A larger limit of ours is not stopped by Pillow's own.
    assert probe(png(20_000, 20_000, 8, 2, zeros), limits=Limits(input_pixels=10**9)).width == 20_000


def test_pillows_settings_and_pythons_filters_are_left_as_they_were() -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)
    read(png_of(noise(3)))
    assert code_of(b"\x89PNG\r\n\x1a\n") in ("truncated", "corrupt")
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)) == before


def test_a_setting_for_half_pictures_is_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = encoded(Image.fromarray(noise(3, size=(64, 64))), "JPEG")
    assert code_of(data[: len(data) // 2]) == "truncated"


def test_warnings_of_decoders_do_not_come_out() -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(encoded(Image.fromarray(noise(3)), "JPEG", exif=broken)).width == 14


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError("deep"), KeyError("x"), SyntaxError("bad"), IndexError()]
)
def test_every_exception_of_a_decoder_becomes_a_picture_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise error

    data = encoded(Image.new("RGB", (4, 4)), "BMP")
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert code_of(data) == ("oom" if isinstance(error, MemoryError) else "corrupt")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.png") == "vanished"
    assert code_of(tmp_path) == "not_regular"
    (tmp_path / "self.png").symlink_to("self.png")
    assert code_of(tmp_path / "self.png") == "not_regular"
    (tmp_path / "empty.png").touch()
    assert code_of(tmp_path / "empty.png") == "empty"
    assert code_of(Path("nul\0.png")) == "not_regular"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, "permission"), (errno.EPERM, "permission"), (errno.EIO, "vanished")]
)
def test_files_that_may_not_be_opened(number: int, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "open", refuse)
    assert code_of(Path("a.png")) == code


def test_what_is_returned_belongs_to_the_caller() -> None:
    for data in (png_of(noise(3)), png_of(noise(4, np.uint16)), encoded(Image.fromarray(noise(3)), "BMP")):
        picture = read(data)
        picture.rgb[:] = 0
        if picture.alpha is not None:
            picture.alpha[:] = 0
        assert picture.rgb.flags.c_contiguous


def test_grey_survives_formats_that_do_not_know_it() -> None:
    grey = np.repeat(noise(1, size=(40, 40)), 3, axis=2)
    assert read(encoded(Image.fromarray(grey), "WEBP", lossless=True)).grey
    palette = Image.fromarray(grey[..., 0] // 16 * 16).convert("RGB").quantize(16)
    assert palette.mode == "P"
    assert read(encoded(palette, "PNG")).grey
    grey[33, 35, 2] ^= 128
    assert not read(encoded(Image.fromarray(grey), "WEBP", lossless=True)).grey
