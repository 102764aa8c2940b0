"""The packaged model as it is shipped: no grid, no colour shift, no seams."""

import numpy as np
import pytest

from srgan.errors import UsageError
from srgan.images import imresize
from srgan.runtime import Model
from srgan.zoo import DEFAULT, load_model


def smooth_picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    coarse = np.random.default_rng(4).integers(60, 200, (5, 6, 3)).astype(np.float64)
    return np.rint(imresize(coarse, size=(90, 110))).clip(0, 255).astype(np.uint8)


def half() -> Model:
    try:
        return load_model(DEFAULT, device="cpu", precision="bf16")
    except UsageError as error:
        pytest.skip(f"bf16 cannot be had here: {error}")


def test_half_precision_leaves_no_grid_and_no_shift() -> None:
    """Rounding errors that depend on the place of a pixel show as a weave on smooth areas."""
    picture = smooth_picture()
    exact = load_model(DEFAULT, device="cpu", precision="fp32").upscale(picture).astype(int)
    difference = half().upscale(picture).astype(int) - exact
    phases = np.array([[difference[row::4, column::4].mean() for column in range(4)] for row in range(4)])
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.05
    assert np.abs(phases).max() < 0.03


def test_flat_colours_stay_as_they_are() -> None:
    model = load_model(DEFAULT, device="cpu")
    for colour in ((0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 40, 90)):
        error = np.abs(model.upscale(np.full((70, 81, 3), colour, np.uint8)).astype(int) - colour)
        rim = 4 * (model.metadata.receptive_field or 0)
        assert error[rim:-rim, rim:-rim].max() == 0, colour
        assert error.mean() < 0.1, colour


def test_the_smooth_stays_near_bicubic() -> None:
    picture = smooth_picture()
    expected = imresize(picture, scale=4).astype(int)
    result = load_model(DEFAULT, device="cpu").upscale(picture).astype(int)
    assert np.abs((result - expected).mean(axis=(0, 1))).max() < 0.25
    assert np.abs(result - expected).mean() < 1.0
