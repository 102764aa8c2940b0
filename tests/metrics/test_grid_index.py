"""The grid index against values worked out by hand, and the known figure of bicubic upscaling."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.images import crop_to_multiple, imresize, list_pictures, read
from srgan.metrics import grid_index

SIDE, SIGMA = 521, 6.0  # 521 - 2 * 4 - 1 = 512 samples a line at x4


@pytest.fixture(scope="module")
def noise() -> NDArray[np.float64]:
    return 128 + np.random.default_rng(7).normal(0, SIGMA, (SIDE, SIDE))


def _waves(period: int, amplitude: float) -> NDArray[np.float64]:
    return np.tile(amplitude * np.cos(2 * np.pi * np.arange(SIDE) / period), (SIDE, 1))


def test_equal_pictures_have_none(noise: NDArray[np.float64]) -> None:
    picture = np.clip(noise, 0, 255).astype(np.uint8)
    colour = np.stack([picture, picture.T, 255 - picture], axis=2)
    for scale in (2, 3, 4, 8):
        assert grid_index(picture, picture, scale=scale) == 0
        assert grid_index(colour, colour, scale=scale) == 0


@pytest.mark.parametrize("amplitude", [0.5, 1.5, 4.0])
def test_a_pattern_of_known_power(noise: NDArray[np.float64], amplitude: float) -> None:
    # First differences at 1/4 cycle a pixel double the power of waves and noise alike. Hann's window of N samples
    # gathers the waves to a^2 / 4 (N / 2)^2 in one bin, and the noise has s^2 3 N / 8 in each.
    expected = 10 * np.log10(1 + amplitude**2 * 512 / (6 * SIGMA**2))
    waves = _waves(4, amplitude)
    assert grid_index(noise + waves + waves.T, noise, scale=4) == pytest.approx(expected, abs=0.6)
    one_axis = grid_index(noise + waves, noise, scale=4)
    assert one_axis == pytest.approx(expected / 2, abs=0.4)
    assert grid_index(noise + waves.T, noise, scale=4) == pytest.approx(one_axis, abs=0.4)
    assert grid_index(noise, noise + waves, scale=4) == pytest.approx(-one_axis)


def test_divisors_of_the_scale_belong_to_the_grid_and_nothing_else(noise: NDArray[np.float64]) -> None:
    assert grid_index(noise + _waves(2, 2.0), noise, scale=4) > 5
    assert grid_index(noise + _waves(2, 2.0), noise, scale=2) > 5
    assert grid_index(noise + _waves(3, 2.0), noise, scale=3) > 4
    for period in (3, 5, 7, 16):
        assert abs(grid_index(noise + _waves(period, 4.0), noise, scale=4)) < 0.5


def test_smooth_changes_are_not_seen(noise: NDArray[np.float64]) -> None:
    ramp = np.linspace(-40, 40, SIDE)
    bow = 30 * np.sin(np.linspace(0, 5, SIDE))[:, None] * np.cos(np.linspace(0, 3, SIDE))
    assert abs(grid_index(noise + ramp + bow, noise, scale=4)) < 0.1
    assert abs(grid_index(0.7 * noise + 20, noise, scale=4)) < 0.01


def test_flat_pictures_have_a_value() -> None:
    flat = np.full((64, 48, 3), 130, np.uint8)
    assert grid_index(flat, flat, scale=4) == 0
    striped = flat.copy()
    striped[:, ::4] += 1
    assert 10 < grid_index(striped, flat, scale=4) < 60


def test_what_cannot_be_measured() -> None:
    picture = np.zeros((41, 40), np.uint8)
    with pytest.raises(ValueError, match="at least 41x41 pixels, not 40x41"):
        grid_index(picture, picture, scale=4)
    assert grid_index(picture[:, :31], picture[:, :31], scale=3) == 0
    with pytest.raises(ValueError, match="no grid"):
        grid_index(picture, picture, scale=1)
    with pytest.raises(ValueError, match="shapes differ"):
        grid_index(picture, picture.T, scale=2)


@pytest.mark.data
def test_bicubic_on_set14(data_folder: Path) -> None:
    values = []
    for path in list_pictures(data_folder / "benchmark" / "Set14" / "HR", key="the folder"):
        real = crop_to_multiple(read(path).rgb, 4).astype(np.uint8)
        small = imresize(real, scale=0.25).astype(np.uint8)
        values.append(grid_index(imresize(small, scale=4), real, scale=4))
    assert np.mean(values) == pytest.approx(0.72, abs=0.03)
