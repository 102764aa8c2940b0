"""Sheets with captions."""

import numpy as np
import pytest

from srgan.reports import captioned_sheet


def test_pictures_stand_in_rows_under_their_captions() -> None:
    rows = [[np.full((100, 100, 3), 10 * row + column, np.uint8) for column in range(3)] for row in range(2)]
    sheet = captioned_sheet(["source", "model", "truth"], rows)
    places = []
    for value in (0, 1, 2, 10, 11, 12):
        found = np.argwhere((sheet == value).all(axis=2))
        assert len(found) == 100 * 100
        places.append(tuple(found[0]))
    tops, lefts = zip(*places, strict=True)
    assert len(set(tops[:3])) == len(set(tops[3:])) == 1
    assert tops[3] == tops[0] + 108
    assert lefts[:3] == lefts[3:] == (lefts[0], lefts[0] + 108, lefts[0] + 216)
    written = np.argwhere((sheet[: tops[0]] < 128).all(axis=2))[:, 1]
    for left in lefts[:3]:
        assert ((written >= left) & (written < left + 100)).any()


def test_small_pictures_are_enlarged_by_one_whole_number() -> None:
    sheet = captioned_sheet(["a", "b"], [[np.zeros((10, 40, 3), np.uint8), np.ones((20, 30, 3), np.uint8)]])
    assert np.count_nonzero((sheet == 0).all(axis=2)) == 9 * 10 * 40
    assert np.count_nonzero((sheet == 1).all(axis=2)) == 9 * 20 * 30


def test_long_captions_have_room() -> None:
    pictures = [np.full((100, 100, 3), value, np.uint8) for value in (1, 2)]
    narrow, wide = (
        captioned_sheet([caption, "b"], [pictures]).shape[1] for caption in ("a", "a caption longer than its column")
    )
    assert wide > narrow + 50


@pytest.mark.parametrize("rows", [[], [[np.zeros((4, 4, 3), np.uint8)]]])
def test_rows_that_do_not_fit_are_refused(rows: list[list[np.ndarray]]) -> None:
    with pytest.raises(ValueError, match="2 columns"):
        captioned_sheet(["a", "b"], rows)
