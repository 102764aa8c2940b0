"""The measurements behind the checks, on pictures whose history is known."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from srgan.data.checking import KERNELS, alike, blockiness, fingerprint, origin, shift
from srgan.data.checking.blockiness import JPEG_TRACES
from srgan.data.checking.reduction import EXPECTED, reduced
from srgan.images import imresize
from tests.data.checking.conftest import MakePicture, Pixels


def luma(pixels: Pixels) -> NDArray[np.float32]:
    return pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def pillow(method: Image.Resampling) -> Callable[[Pixels], Pixels]:
    def reduce(pixels: Pixels) -> Pixels:
        image = Image.fromarray(pixels)
        return np.asarray(image.resize((image.width // 4, image.height // 4), method))

    return reduce


def opencv(name: str) -> Callable[[Pixels], Pixels]:
    def reduce(pixels: Pixels) -> Pixels:
        import cv2

        size = (pixels.shape[1] // 4, pixels.shape[0] // 4)
        return np.asarray(cv2.resize(pixels, size, interpolation=getattr(cv2, name)))

    return reduce


@pytest.mark.parametrize(
    ("kernel", "reduce"),
    [
        ("MATLAB bicubic", lambda pixels: imresize(pixels, scale=0.25)),
        ("MATLAB bicubic", pillow(Image.Resampling.BICUBIC)),
        ("bicubic without antialiasing", lambda pixels: imresize(pixels, scale=0.25, antialias=False)),
        ("bicubic without antialiasing", opencv("INTER_CUBIC")),
        ("bilinear", pillow(Image.Resampling.BILINEAR)),
        ("bilinear without antialiasing", opencv("INTER_LINEAR")),
        ("area", pillow(Image.Resampling.BOX)),
        ("area", opencv("INTER_AREA")),
        ("Lanczos", pillow(Image.Resampling.LANCZOS)),
        ("nearest", pillow(Image.Resampling.NEAREST)),
        ("nearest", lambda pixels: pixels[::4, ::4]),
    ],
)
def test_kernels_of_other_programs_are_recognised(
    made: MakePicture, kernel: str, reduce: Callable[[Pixels], Pixels]
) -> None:
    high = made(1)
    found = origin(luma(high), luma(reduce(high)), 4)
    assert found.kernel == found.best == kernel
    assert found.decibels[kernel] > 50


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_the_expected_kernel_at_every_scale(made: MakePicture, scale: int) -> None:
    high = made(2, 240, 264)
    assert origin(luma(high), luma(imresize(high, scale=1 / scale)), scale).kernel == EXPECTED


def test_an_unknown_kernel_is_not_guessed(made: MakePicture) -> None:
    high = made(3)
    low = imresize(high, scale=0.25)
    noisy = np.clip(low + np.random.default_rng(0).normal(0, 6, low.shape), 0, 255).astype(np.uint8)
    assert origin(luma(high), luma(noisy), 4).kernel is None


def test_a_smooth_picture_does_not_tell_its_kernel() -> None:
    ramp = np.repeat(np.arange(240, dtype=np.float32)[:, None], 240, axis=1)
    low = reduced(ramp, KERNELS["area"](4)[0], 4)
    found = origin(ramp, low, 4)
    assert found.decibels["area"] > 50
    assert found.kernel is None


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (-2, 1), (0, -3), (4, 6)])
def test_shift_is_measured_in_small_pixels(made: MakePicture, place: tuple[int, int]) -> None:
    right, down = place
    high = made(4)
    reference = luma(imresize(high, scale=0.25))
    low = luma(imresize(np.roll(high, (down, right), axis=(0, 1)), scale=0.25))
    found = shift(reference, low)
    assert found == pytest.approx((right / 4, down / 4), abs=0.03)


def test_shift_of_a_flat_or_tiny_picture_is_unknown(made: MakePicture) -> None:
    flat = np.full((40, 40), 7, np.float32)
    assert shift(flat, flat) is None
    stripes = np.repeat(made(1, 40, 40)[:1, :, 0], 40, axis=0).astype(np.float32)
    assert shift(stripes, stripes) is None
    tiny = made(1, 12, 12)[..., 0].astype(np.float32)
    assert shift(tiny, tiny) is None


def test_blockiness_tells_jpeg_from_others(made: MakePicture) -> None:
    for number in range(4):
        pixels = made(number)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=60)
        clean, traces = blockiness(luma(pixels)), blockiness(luma(np.asarray(Image.open(buffer))))
        assert clean is not None
        assert traces is not None
        assert clean < 1.1
        assert traces > JPEG_TRACES
        # The blocks are found wherever the picture was cut.
        cut = blockiness(luma(np.asarray(Image.open(buffer))[3:, 5:]))
        assert cut == pytest.approx(traces, rel=0.1)


def test_stripes_in_one_direction_are_no_jpeg(made: MakePicture) -> None:
    pixels = made(5)
    pixels[:, ::8] = 255
    assert blockiness(luma(pixels)) == pytest.approx(1, abs=0.1)


def test_small_pictures_have_no_blockiness(made: MakePicture) -> None:
    assert blockiness(luma(made(1, 191, 300))) is None


def test_likeness_survives_what_people_do_to_pictures(made: MakePicture) -> None:
    pixels = made(6)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=30)
    versions = [
        imresize(pixels, scale=0.5),
        np.asarray(Image.open(buffer)),
        (pixels * 0.8 + 20).astype(np.uint8),
        pixels[2:-2, 2:-2],
    ]
    prints = [fingerprint(luma(version)) for version in versions]
    assert alike([fingerprint(luma(pixels))], prints) == [(0, index) for index in range(4)]
    others = [fingerprint(luma(made(number))) for number in range(7, 40)]
    assert alike([fingerprint(luma(pixels)), *others]) == []


def test_flat_pictures_are_not_alike() -> None:
    flat = [fingerprint(np.full((40, 50), value, np.float32)) for value in (10, 10, 200)]
    assert alike(flat) == []


def test_fingerprints_of_tiny_pictures(made: MakePicture) -> None:
    prints = [fingerprint(luma(made(number, 5, 7))) for number in (1, 1)]
    assert alike(prints) == [(0, 1)]
