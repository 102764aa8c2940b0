"""The bicubic that the field's numbers are defined by."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.images import crop_to_multiple, imresize


def test_constant_pictures_stay_constant() -> None:
    image = np.full((13, 17, 3), 77, np.uint8)
    for scale in (0.25, 1 / 3, 0.5, 2, 3, 4):
        assert (imresize(image, scale=scale) == 77).all()


def test_known_values_of_matlab() -> None:
    # imresize(uint8(0:10:70), 0.5) and imresize(uint8([0 100 200]), 2) by the kernel's weights, worked out by hand:
    # at factor 1/2 the taps are (-3 -9 29 111 111 29 -9 -3) / 256, at factor 2 (-9 29 111 -3 ...) / 128 shifted.
    line = np.arange(0, 80, 10, dtype=np.float64)[None, :]
    taps = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
    half = imresize(line, size=(1, 4))
    assert half[0, 1] == pytest.approx(taps @ line[0, [0, 0, 1, 2, 3, 4, 5, 6]], abs=1e-12)
    ramp = imresize(np.arange(12, dtype=np.float64)[None, :], size=(1, 24))
    assert np.allclose(ramp[0, 4:-4], (np.arange(24) / 2 - 0.25)[4:-4])


def test_size_is_rounded_up() -> None:
    assert imresize(np.zeros((5, 7), np.uint8), scale=0.5).shape == (3, 4)
    assert imresize(np.zeros((5, 7), np.uint8), size=(2, 9)).shape == (2, 9)


def test_strips_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 31, 3), np.uint8)
    whole = imresize(image, scale=0.4)
    monkeypatch.setattr("srgan.images.resize._STRIP_BYTES", 2000)
    assert np.array_equal(imresize(image, scale=0.4), whole)


def test_16_bit_keeps_its_depth() -> None:
    image = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    up = imresize(image, scale=2)
    assert up.dtype == np.uint16
    assert len(np.unique(up)) > 200


@pytest.mark.parametrize("arguments", [{}, {"scale": 2, "size": (2, 2)}, {"size": (0, 3)}])
def test_wrong_arguments(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"size|empty"):
        imresize(np.zeros((4, 4), np.uint8), **arguments)  # type: ignore[arg-type]


def test_crop_to_multiple() -> None:
    assert crop_to_multiple(np.zeros((11, 14, 3)), 4).shape == (8, 12, 3)


@pytest.mark.data
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_equals_the_published_small_pictures(data_folder: Path, scale: int) -> None:
    folder = data_folder / "benchmark" / "Set5"
    small = sorted((folder / f"LR_x{scale}").glob("*.png"))
    assert len(small) == 5
    for path in small:
        name = path.name.replace(f"x{scale}", "")
        high = np.asarray(Image.open(folder / "HR" / name).convert("RGB"))
        expected = np.asarray(Image.open(path).convert("RGB"))
        assert np.array_equal(imresize(crop_to_multiple(high, scale), scale=1 / scale), expected), path.name
