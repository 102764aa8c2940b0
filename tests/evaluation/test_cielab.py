"""CIELAB."""

import numpy as np
import pytest

from srgan.evaluation.cielab import cielab, from_cielab


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        # Lindbloom's calculator, sRGB, D65.
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
        ((0, 255, 0), (87.7347, -86.1827, 83.1793)),
        ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
        ((119, 119, 119), (50.0344, 0.0, 0.0)),
        ((3, 3, 3), (0.8225, 0.0, 0.0)),
    ],
)
def test_known_colours(rgb: tuple[int, int, int], expected: tuple[float, float, float]) -> None:
    assert cielab(np.array(rgb, np.uint8)) == pytest.approx(np.array(expected), abs=2e-3)


def test_there_and_back() -> None:
    steps = np.arange(0, 256, 15).astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1)
    assert np.array_equal(from_cielab(cielab(colours)), colours)


def test_what_no_screen_shows_is_clipped() -> None:
    assert from_cielab(np.array([[120.0, 0.0, 0.0], [-5.0, 0.0, 0.0]])).tolist() == [[255] * 3, [0] * 3]
