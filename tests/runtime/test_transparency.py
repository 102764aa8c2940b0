from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.runtime import bicubic, load_model
from srgan.runtime.transparency import bleed, restore_extremes
from tests.runtime.networks import described


def disc(side: int = 48, top: int = 255) -> NDArray[Any]:
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    values = np.clip(side / 3 - np.hypot(x, y), 0, 1) * top
    return np.asarray(values, np.uint16 if top > 255 else np.uint8)


def test_clear_pixels_take_the_colour_of_their_surroundings() -> None:
    alpha = disc()
    rgb = np.zeros((48, 48, 3), np.uint8)
    rgb[alpha > 0] = (200, 100, 50)
    filled = bleed(rgb, alpha)
    assert (filled == (200, 100, 50)).all()
    assert (rgb[0, 0] == 0).all(), "the input was changed"


def test_visible_pixels_keep_their_colour() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (37, 53, 3), np.uint8)
    alpha = rng.integers(0, 3, (37, 53), np.uint8)
    filled = bleed(rgb, alpha)
    assert (filled[alpha > 0] == rgb[alpha > 0]).all()
    assert (filled[alpha == 0] != rgb[alpha == 0]).any()


def test_the_nearest_colours_win() -> None:
    rgb = np.zeros((16, 64, 3), np.uint8)
    alpha = np.zeros((16, 64), np.uint8)
    rgb[:, :8], alpha[:, :8] = (255, 0, 0), 255
    rgb[:, 56:], alpha[:, 56:] = (0, 0, 255), 255
    filled = bleed(rgb, alpha)
    assert (filled[:, 8:12] == (255, 0, 0)).all()
    assert (filled[:, 52:56] == (0, 0, 255)).all()


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_to_fill_costs_nothing(value: int) -> None:
    rgb = np.zeros((8, 8, 3), np.uint8)
    assert bleed(rgb, np.full((8, 8), value, np.uint8)) is rgb


def test_extremes_are_restored_where_all_neighbours_agree() -> None:
    alpha = np.zeros((9, 9), np.uint8)
    alpha[:, 5:] = 255
    result = np.full((27, 36), 77, np.uint8)
    restore_extremes(result, alpha)
    assert (result[:, :16] == 0).all()
    assert (result[:, 16:24] == 77).all()
    assert (result[:, 24:] == 255).all()


@pytest.mark.parametrize("top", [255, 65535])
@pytest.mark.parametrize("scale", [None, 3, 2.5])
def test_no_dark_fringe(top: int, scale: float | None) -> None:
    """A white disc on hidden black: no visible pixel gets darker than the network makes plain white."""
    alpha = disc(top=top)
    rgba = np.zeros((48, 48, 4), alpha.dtype)
    rgba[alpha > 0, :3] = top
    rgba[..., 3] = alpha
    for model in (bicubic(2), load_model(described(2), device="cpu", precision="fp32")):
        result = model.upscale(rgba, scale=scale)
        white = model.upscale(np.full((48, 48, 3), top, alpha.dtype), scale=scale)
        visible = result[result[..., 3] > 0][:, :3]
        assert (visible >= white.min(axis=(0, 1)).astype(int) - 1).all()
        step = result.shape[0] / 48
        assert (result[: int(3 * step), : int(3 * step), 3] == 0).all()
        middle = slice(int(22 * step), int(26 * step))
        assert (result[middle, middle, 3] == top).all()
        assert len(np.unique(result[..., 3])) > 3, "the edge has lost its steps"


@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_even_alpha_stays_as_it_is(value: int) -> None:
    rgba = np.full((8, 8, 4), value, np.uint8)
    rgba[..., :3] = np.random.default_rng(0).integers(0, 256, (8, 8, 3))
    result = load_model(described(2), device="cpu").upscale(rgba)
    assert (result[..., 3] == value).all()
