import io
import os
from pathlib import Path

import pytest
from PIL import Image

from srgan.errors import PictureError
from srgan.images import FORMATS, Format, format_of, has_picture_suffix, sniff, suffix_for
from srgan.images.formats import foreign_format, sniff_bytes
from tests.images.hostile import encoded


@pytest.mark.parametrize("format", sorted(set(FORMATS.values())))
def test_every_format_is_known_by_its_content(format: Format, tmp_path: Path) -> None:
    path = tmp_path / "no_ending"
    path.write_bytes(encoded(Image.new("RGB", (4, 4)), format))
    assert sniff(path) == format
    assert suffix_for(format) in FORMATS
    assert FORMATS[suffix_for(format)] == format
    assert format_of(format.lower()) == format


def test_everything_that_pillow_writes_is_known() -> None:
    for options in ({}, {"big_tiff": True}):
        assert sniff_bytes(encoded(Image.new("RGB", (4, 4)), "TIFF", **options)[:32]) == "TIFF"
    for mode in ("1", "L", "RGB"):
        assert sniff_bytes(encoded(Image.new(mode, (4, 4)), "PPM")[:32]) == "PPM"
    assert sniff_bytes(encoded(Image.new("RGB", (4, 4)), "MPO", save_all=True)[:32]) == "JPEG"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.PNG", "PNG"),
        ("png", "PNG"),
        (".jpg", "JPEG"),
        ("jpeg", "JPEG"),
        ("TIFF", "TIFF"),
        ("x/y.z.tif", "TIFF"),
        ("a.txt", None),
        ("", None),
        ("a", None),
        ("webp", "WEBP"),
    ],
)
def test_formats_by_name(name: str, expected: Format | None) -> None:
    assert format_of(name) == expected


def test_a_fitting_suffix_is_kept() -> None:
    assert suffix_for("JPEG", "a.JPEG") == ".JPEG"
    assert suffix_for("JPEG", "a.png") == ".jpg"
    assert suffix_for("PNG", "a") == ".png"
    assert suffix_for("TIFF", "a.b.tiff") == ".tiff"


def test_names_that_promise_pictures() -> None:
    assert all(has_picture_suffix(name) for name in ("a.png", "a.JPG", "a.psd", "a.svg", "a.cr2", "x/a.heic"))
    assert not any(has_picture_suffix(name) for name in ("a.txt", "a", "a.json", "png", "a.png.txt"))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"8BPS\0\1", "PSD"),
        (b"%!PS-Adobe", "EPS"),
        (b"%PDF-1.7", "PDF"),
        (b"  <svg xmlns=''>", "SVG or XML"),
        (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
        (b"\xff\x0a\0", "JPEG XL"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"v/1\1\2\0\0\0", "OpenEXR"),
        (b"Pf\n1 1\n", "PFM or PAM"),
        (b"plain text", None),
        (b"<!doctype html>", None),
    ],
)
def test_foreign_formats_are_named(head: bytes, name: str | None) -> None:
    assert foreign_format(head) == name
    assert sniff_bytes(head) is None


def test_avif_behind_a_general_brand() -> None:
    assert sniff_bytes(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "AVIF"
    assert sniff_bytes(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + b"avif") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    for path in (tmp_path / "a.png", tmp_path, Path("/dev/zero")):
        with pytest.raises(PictureError) as caught:
            sniff(path)
        assert caught.value.code == "not_regular"


def test_heads_of_random_bytes_are_nothing() -> None:
    assert sniff_bytes(io.BytesIO(bytes(range(64))).read()) is None
    assert sniff_bytes(b"") is None
    assert sniff_bytes(b"BMW is a car") is None
    assert sniff_bytes(b"P5") is None
