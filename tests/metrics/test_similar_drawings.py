"""The drawings that are most like a picture, in their order."""

import numpy as np
import pytest

from srgan.metrics import similar_drawings


def test_the_nearest_are_those_of_trying_all() -> None:
    random = np.random.default_rng(4)
    # More drawings than are compared at a time, so that the best of several parts are put together.
    pictures = random.integers(0, 256, (5, 4, 4, 3)).astype(np.uint8)
    drawings = random.integers(0, 256, (600, 4, 4, 4)).astype(np.uint8)
    colours = random.integers(0, 256, (5, 3)).astype(np.uint8)
    alpha = drawings[..., 3:] / 255.0
    for picture, colour, place in zip(pictures, colours, range(5), strict=True):
        laid = drawings[..., :3] * alpha + colour * (1.0 - alpha)
        errors = np.square(laid - picture).sum(axis=(1, 2, 3))
        found = similar_drawings(pictures, drawings, colours=colours, count=9)
        assert found.places[place].tolist() == errors.argsort()[:9].tolist()
        assert (found.colours[place] == colour).all()


def test_the_colour_behind_is_found() -> None:
    drawing = np.zeros((1, 2, 2, 4), np.uint8)
    drawing[0, 0] = (200, 0, 0, 255)
    picture = np.array([[[200, 0, 0]] * 2, [[10, 20, 30], [30, 20, 10]]], np.uint8)[None]
    found = similar_drawings(picture, np.concatenate([drawing, drawing]), count=2)
    assert found.places.tolist() == [[0, 1]]
    assert found.colours[0].tolist() == [[20, 20, 20]] * 2


def test_what_has_no_neighbours() -> None:
    drawings = np.zeros((3, 4, 4, 4), np.uint8)
    for pictures, count in ((np.zeros((2, 4, 5, 3), np.uint8), 1), (np.zeros((2, 4, 4, 3), np.uint8), 4)):
        with pytest.raises(ValueError, match="no neighbours"):
            similar_drawings(pictures, drawings, count=count)
