"""Contact sheets."""

import numpy as np
import pytest

from srgan.reports import contact_sheet


@pytest.mark.parametrize(("count", "columns", "shape"), [(1, 2, (42, 56)), (3, 2, (68, 96)), (3, 1, (94, 56))])
def test_every_picture_is_on_the_paper(count: int, columns: int, shape: tuple[int, int]) -> None:
    pictures = [np.full((10, 10, 3), value, np.uint8) for value in range(2 * count)]
    groups = [pictures[2 * index : 2 * index + 2] for index in range(count)]
    sheet = contact_sheet(groups, columns=columns)
    assert sheet.shape == (*shape, 3)
    for value in range(2 * count):
        assert np.count_nonzero(sheet == value) == 300
    assert np.all(sheet[:16] == 255)


def test_pictures_of_different_sizes() -> None:
    sheet = contact_sheet(
        [[np.zeros((4, 6, 3), np.uint8), np.ones((8, 2, 3), np.uint8)], [np.ones((3, 3, 3), np.uint8)]]
    )
    assert np.count_nonzero(sheet == 0) == 4 * 6 * 3
    assert np.count_nonzero(sheet == 1) == (8 * 2 + 9) * 3
