"""Animations: read as they are seen, written so that others see the same."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from srgan.errors import PictureError
from srgan.images import AnimationWriter, Decoder, Format, Frame, Picture

MILLISECONDS = [100, 200, 50, 300]


def drawn(number: int, *, clear: bool = True) -> Image.Image:
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0) if clear else (250, 240, 200, 255))
    ImageDraw.Draw(image).ellipse((2 + 5 * number, 4, 16 + 5 * number, 20), fill=(255, 60 * number, 80, 255))
    return image


def animation(path: Path, *, loop: int | None, clear: bool = True) -> Path:
    images = [drawn(number, clear=clear) for number in range(4)]
    options: dict[str, Any] = {} if loop is None else {"loop": loop}
    options |= {"lossless": True} if path.suffix == ".webp" else {}
    options |= {"disposal": 2} if clear and path.suffix != ".webp" else {}
    rest: list[Image.Image] = images[1:]
    images[0].save(path, save_all=True, append_images=rest, duration=MILLISECONDS, **options)
    return path


def rgba(picture: Picture) -> Any:  # noqa: ANN401
    alpha = np.full(picture.rgb.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha
    return np.dstack([picture.rgb * (alpha[..., None] > 0), alpha])


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize(
    ("suffix", "loop", "plays"), [(".gif", None, 1), (".gif", 0, 0), (".gif", 2, 3), (".webp", 2, 2), (".png", 0, 0)]
)
def test_read_and_written_again(tmp_path: Path, suffix: str, loop: int | None, plays: int, clear: bool) -> None:
    path = animation(tmp_path / f"a{suffix}", loop=loop, clear=clear)
    with Decoder() as decoder:
        frames = list(decoder.frames(path))
        for number, frame in enumerate(frames):
            assert (frame.milliseconds, frame.plays, frame.count) == (MILLISECONDS[number], plays, 4)
            assert np.abs(rgba(frame.picture) - np.asarray(drawn(number, clear=clear)).astype(int)).max() <= 2
        formats: tuple[Format, ...] = ("GIF", "PNG", "WEBP")
        for format in formats:
            buffer = io.BytesIO()
            writer = AnimationWriter(buffer, format, quality=100 if format == "WEBP" else None)
            for frame in frames:
                writer.add(frame)
            writer.finish()
            again = list(decoder.frames(buffer.getvalue()))
            assert [(frame.milliseconds, frame.plays) for frame in again] == [(ms, plays) for ms in MILLISECONDS]
            for frame, other in zip(frames, again, strict=True):
                assert np.abs(rgba(frame.picture).astype(int) - rgba(other.picture)).max() <= 2


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_clear_pixels_do_not_show_the_frame_before(format: Format) -> None:
    buffer = io.BytesIO()
    writer = AnimationWriter(buffer, format, quality=100 if format == "WEBP" else None)
    images = [np.asarray(drawn(number, clear=number % 2 == 1)) for number in range(4)]
    for image in images:
        writer.add(Frame(Picture(image[..., :3].copy(), image[..., 3].copy()), 100, 0, 4))
    writer.finish()
    with Decoder() as decoder:
        for image, frame in zip(images, decoder.frames(buffer.getvalue()), strict=True):
            assert np.abs(rgba(frame.picture) - image.astype(int)).max() <= 2


def test_a_picture_before_the_animation_is_no_frame(tmp_path: Path) -> None:
    images = [drawn(number) for number in range(3)]
    rest: list[Image.Image] = images[1:]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=rest, default_image=True, duration=70)
    with Decoder() as decoder:
        frames = list(decoder.frames(tmp_path / "a.png"))
    assert [frame.count for frame in frames] == [2, 2]
    assert (rgba(frames[0].picture) == np.asarray(images[1])).all()


def test_a_damaged_animation_fails_at_the_damage(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.png", loop=0)
    path.write_bytes(path.read_bytes()[:-150])
    with Decoder() as decoder:
        frames = decoder.frames(path)
        assert next(frames).count == 4
        with pytest.raises(PictureError):
            list(frames)


def test_a_child_that_died_within_an_animation_does_not_shorten_it(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.gif", loop=0)
    with Decoder() as decoder:
        frames = decoder.frames(path)
        next(frames)
        decoder.close()
        with pytest.raises(PictureError) as caught:
            next(frames)
    assert caught.value.code == "crashed"
