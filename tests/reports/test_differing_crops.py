"""Where pictures differ most."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.reports import Crop, differing_crops


def pictures(*spots: tuple[int, int, int]) -> list[NDArray[np.uint8]]:
    """A grey picture of 64x96, and one with spots of 4x4 pixels: (left, top, how much lighter)."""
    plain = np.full((64, 96, 3), 100, np.uint8)
    spotted = plain.copy()
    for left, top, more in spots:
        spotted[top : top + 4, left : left + 4] += np.uint8(more)
    return [plain, spotted]


def test_the_strongest_difference_comes_first() -> None:
    found = differing_crops(pictures((10, 40, 30), (80, 8, 50)), side=16, count=2)
    assert [crop[2:] for crop in found] == [(16, 16), (16, 16)]
    for crop, (left, top) in zip(found, [(80, 8), (10, 40)], strict=True):
        assert crop.left <= left <= crop.left + 12
        assert crop.top <= top <= crop.top + 12


def test_one_strong_difference_outweighs_many_weak_ones() -> None:
    one, other = pictures((70, 30, 80))
    other[:, :32] += np.uint8(4)
    (crop,) = differing_crops([one, other], side=16)
    assert crop.left >= 55


def test_crops_do_not_overlap_and_end_where_nothing_differs() -> None:
    wide = pictures()
    wide[1][20:44, 20:60] += np.uint8(20)
    found = differing_crops(wide, side=16, count=99)
    taken = np.zeros((64, 96), int)
    for crop in found:
        taken[crop.top : crop.top + 16, crop.left : crop.left + 16] += 1
    assert taken.max() == 1
    assert 2 < len(found) < 24
    assert len(differing_crops(pictures(), side=16, count=3)) == 1


def test_crops_fit_on_the_small_picture() -> None:
    pair = pictures((37, 21, 60))
    (crop,) = differing_crops(pair, side=18, multiple=4)
    assert all(number % 4 == 0 for number in crop)
    small = np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)
    enlarged = small.repeat(4, axis=0).repeat(4, axis=1)
    assert (crop.of(small, scale=4).repeat(4, axis=0).repeat(4, axis=1) == crop.of(enlarged)).all()


def test_a_small_picture_is_taken_as_a_whole() -> None:
    assert differing_crops(pictures((1, 1, 9)), side=200, count=2) == [Crop(0, 0, 96, 64)]


def test_one_picture_does_not_differ() -> None:
    with pytest.raises(ValueError, match="two pictures of one shape"):
        differing_crops(pictures()[:1])
    with pytest.raises(ValueError, match="two pictures of one shape"):
        differing_crops([pictures()[0], pictures()[0][1:]])
