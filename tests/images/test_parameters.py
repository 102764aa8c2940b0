from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.images import Picture, PictureInfo, read, read_parameters, save

TEXTS = ["a red apple\nSeed: 1, Größe: 3", "красное яблоко 🍎\nSeed: 2"]
RGB = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_text_comes_back(text: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    assert save(Picture(RGB, info=PictureInfo(parameters=text)), path) == ()
    assert read_parameters(path) == text
    assert read(path).width == 7


@pytest.mark.parametrize("text", TEXTS)
def test_other_programs_find_it_in_png(text: str, tmp_path: Path) -> None:
    save(Picture(RGB, info=PictureInfo(parameters=text)), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["parameters"] == text


def test_exif_that_was_there_stays(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    info = PictureInfo(exif=exif.tobytes().removeprefix(b"Exif\0\0"), parameters=TEXTS[1])
    save(Picture(RGB, info=info), tmp_path / "a.jpg")
    assert read_parameters(tmp_path / "a.jpg") == TEXTS[1]
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif()[0x010F] == "Maker"


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".ppm"])
def test_formats_without_a_place_say_so(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    notes = save(Picture(RGB, info=PictureInfo(parameters="a")), path)
    assert "has no place for how the picture was made" in notes[0]
    assert read_parameters(path) is None


def test_it_is_metadata(tmp_path: Path) -> None:
    save(Picture(RGB, info=PictureInfo(parameters="a")), tmp_path / "a.png", keep_metadata=False)
    assert read_parameters(tmp_path / "a.png") is None


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"])
def test_what_is_no_picture_says_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert read_parameters(tmp_path / "a.png") is None
    with pytest.raises(FileNotFoundError):
        read_parameters(tmp_path / "gone.png")
