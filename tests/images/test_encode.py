import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from srgan.errors import OutputError, PictureError, UsageError
from srgan.images import Format, Limits, Picture, check_output, encode, read, save


def smooth(dtype: type = np.uint8) -> Picture:
    x, y = np.meshgrid(np.linspace(0, 1, 80), np.linspace(0, 1, 60))
    rgb = np.stack([x, y, (1 - x) * y], axis=-1) * np.iinfo(dtype).max
    return Picture(rgb.astype(dtype))


def size_of(picture: Picture, format: Format, quality: int | None = None) -> int:
    file = io.BytesIO()
    encode(picture, file, format, quality=quality)
    return len(file.getvalue())


@pytest.mark.parametrize(("suffix", "error"), [(".jpg", 4), (".webp", 12), (".avif", 8)])
def test_lossy_defaults_are_close(suffix: str, error: int, tmp_path: Path) -> None:
    picture = smooth()
    assert save(picture, tmp_path / f"a{suffix}") == ()
    difference = np.abs(read(tmp_path / f"a{suffix}").rgb.astype(int) - picture.rgb)
    assert difference.max() <= error


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF"])
def test_quality_matters(format: Format) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    sizes = [size_of(Picture(rgb), format, quality) for quality in (20, 60, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] / 2


def test_webp_with_quality_100_is_lossless(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    alpha = np.zeros((40, 40), np.uint8)
    save(Picture(rgb, alpha), tmp_path / "a.webp", quality=100)
    back = read(tmp_path / "a.webp")
    assert np.array_equal(back.rgb, rgb)  # under full transparency too
    assert np.array_equal(np.asarray(back.alpha), alpha)


def test_jpeg_keeps_colour_at_full_resolution(tmp_path: Path) -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:, ::2, 0] = 255
    rgb[:, 1::2, 2] = 255
    save(Picture(rgb), tmp_path / "a.jpg", quality=100)
    assert np.abs(read(tmp_path / "a.jpg").rgb.astype(int) - rgb).max() < 6


def test_quality_of_lossless_formats_is_told_to_be_useless(tmp_path: Path) -> None:
    notes = save(smooth(), tmp_path / "a.png", quality=50)
    assert "no effect" in notes[0]
    for quality in (0, 101, -1):
        with pytest.raises(UsageError):
            save(smooth(), tmp_path / "b.jpg", quality=quality)
    assert not (tmp_path / "b.jpg").exists()


@pytest.mark.parametrize("suffix", [".jpg", ".bmp", ".ppm"])
def test_transparency_is_flattened_on_white_where_it_cannot_be(suffix: str, tmp_path: Path) -> None:
    rgb = np.zeros((16, 16, 3), np.uint8)
    alpha = np.zeros((16, 16), np.uint8)
    alpha[:, 8:] = 255
    assert "white" in save(Picture(rgb, alpha), tmp_path / f"a{suffix}")[0]
    back = read(tmp_path / f"a{suffix}")
    assert back.rgb[4, 1].min() > 250
    assert back.rgb[4, 14].max() < 5
    assert back.alpha is None


def test_gif_keeps_what_it_can(tmp_path: Path) -> None:
    picture = smooth()
    alpha = np.full((60, 80), 255, np.uint8)
    alpha[:30] = 0
    notes = save(Picture(picture.rgb, alpha), tmp_path / "a.gif")
    assert "256 colours" in notes[0]
    back = read(tmp_path / "a.gif")
    assert np.array_equal(np.asarray(back.alpha), alpha)
    assert np.abs(back.rgb[30:].astype(int) - picture.rgb[30:]).mean() < 8
    grey = Picture(np.repeat(picture.rgb[..., :1], 3, axis=2), grey=True)
    assert save(grey, tmp_path / "b.gif") == ()
    assert np.array_equal(read(tmp_path / "b.gif").rgb, grey.rgb)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp", ".gif", ".avif"])
def test_16_bits_are_reduced_with_a_note_where_they_cannot_be(suffix: str, tmp_path: Path) -> None:
    picture = smooth(np.uint16)
    notes = save(picture, tmp_path / f"a{suffix}", quality=100 if suffix in (".jpg", ".webp") else None)
    assert "reduced from 16" in notes[0]
    difference = np.abs(read(tmp_path / f"a{suffix}").rgb.astype(float) - picture.rgb / 257)
    assert difference.mean() < 4


def test_reduction_rounds(tmp_path: Path) -> None:
    values = np.array([0, 127, 128, 129, 385, 386, 65407, 65535], np.uint16)
    save(Picture(np.repeat(values[None, :, None], 3, axis=2)), tmp_path / "a.bmp")
    assert read(tmp_path / "a.bmp").rgb[0, :, 0].tolist() == np.rint(values / 257).astype(int).tolist()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".ppm", ".gif", ".avif"])
def test_grey_is_written_with_one_channel(suffix: str, tmp_path: Path) -> None:
    rgb = np.repeat(smooth().rgb[..., :1], 3, axis=2)
    save(Picture(rgb, grey=True), tmp_path / f"a{suffix}")
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.mode == ("P" if suffix == ".gif" else "L")
    assert read(tmp_path / f"a{suffix}").grey


def test_sides_that_a_format_cannot_hold() -> None:
    limits = Limits(output_pixels=100)
    for side, format in ((65_536, "JPEG"), (16_384, "WEBP"), (65_536, "GIF")):
        with pytest.raises(PictureError) as caught:
            check_output(1, side, format)  # type: ignore[arg-type]
        assert caught.value.code == "output_too_large_for_format"
        check_output(1, side - 1, format)  # type: ignore[arg-type]
        check_output(1, side, "PNG")
    with pytest.raises(PictureError) as caught:
        check_output(11, 10, "PNG", limits)
    assert caught.value.code == "too_large"
    check_output(10, 10, "PNG", limits)


def test_a_picture_that_is_too_long_leaves_no_file(tmp_path: Path) -> None:
    tall = Picture(np.broadcast_to(np.uint8(0), (16_384, 1, 3)))
    with pytest.raises(PictureError, match="choose PNG"):
        save(tall, tmp_path / "a.webp")
    assert list(tmp_path.iterdir()) == []


def test_names_without_a_format(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture format"):
        save(smooth(), tmp_path / "a.xyz")
    save(smooth(), tmp_path / "a.xyz", format="PNG")
    assert read(tmp_path / "a.xyz").info.format == "PNG"


def test_a_failing_encoder_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    save(smooth(), path)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(PictureError) as caught:
        save(smooth(), path)
    assert caught.value.code == "oom"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
def test_a_full_disk_is_an_output_error_in_every_format(tmp_path: Path, environment: dict[str, str]) -> None:
    program = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from srgan.errors import OutputError\n"
        "from srgan.images import Picture, save\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "rgb = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))\n"
        "for suffix in ('png', 'jpg', 'webp', 'tif', 'bmp', 'gif', 'ppm', 'avif'):\n"
        "    try:\n"
        "        save(Picture(rgb), sys.argv[1] + '/a.' + suffix)\n"
        "    except OutputError:\n"
        "        print(suffix)\n"
    )
    command = [sys.executable, "-c", program, os.fspath(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["png", "jpg", "webp", "tif", "bmp", "gif", "ppm", "avif"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        save(smooth(), tmp_path / "nowhere" / "a.png")


@pytest.mark.parametrize(
    ("rgb", "alpha"),
    [
        (np.zeros((4, 4), np.uint8), None),
        (np.zeros((4, 4, 4), np.uint8), None),
        (np.zeros((0, 4, 3), np.uint8), None),
        (np.zeros((4, 4, 3), np.float32), None),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16)),
    ],
)
def test_arrays_that_are_no_picture(rgb: NDArray[Any], alpha: NDArray[Any] | None) -> None:
    with pytest.raises(ValueError, match="must"):
        Picture(rgb, alpha)
