"""Texts beside pictures: where these stand, and what does not fit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.reports import text_sheet

Pixels = NDArray[np.uint8]


def plain(red: int, side: int = 96) -> Pixels:
    return np.full((side, side, 3), (red, 10, 10), np.uint8)


def place(sheet: Pixels, red: int) -> tuple[int, int, int, int]:
    """Top, left, height and width of a colour."""
    rows, columns = np.nonzero((sheet == (red, 10, 10)).all(axis=2))
    return int(rows.min()), int(columns.min()), int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_groups_stand_side_by_side_in_the_row_of_their_text() -> None:
    rows = [[[plain(10)], [plain(20), plain(30)]], [[plain(40)], [plain(50), plain(60)]]]
    sheet = text_sheet(["truth", "model"], ["a red box", "an ape"], rows)
    places = {red: place(sheet, red) for red in (10, 20, 30, 40, 50, 60)}
    assert {found[2:] for found in places.values()} == {(96, 96)}
    assert places[10][0] == places[20][0] == places[30][0] < places[40][0] == places[50][0]
    assert places[30][1] == places[20][1] + 96
    assert places[20][1] > places[10][1] + 96
    assert [places[red][1] for red in (10, 20, 30)] == [places[red][1] for red in (40, 50, 60)]
    written = sheet.max(axis=2) < 128
    left = places[10][1]
    assert written[places[10][0] : places[10][0] + 20, :left].any()
    assert not written[places[10][0] + 20 : places[40][0], :left].any()


def test_small_pictures_are_enlarged_and_many_rows_stand_in_two_columns() -> None:
    sheet = text_sheet(["it"], [f"text {red}" for red in range(13)], [[[plain(red, 32)]] for red in range(13)])
    assert place(sheet, 0)[2:] == (96, 96)
    assert place(sheet, 7)[0] == place(sheet, 0)[0]
    assert place(sheet, 7)[1] > place(sheet, 0)[1] + 96
    assert place(sheet, 12)[0] == place(sheet, 5)[0]


@pytest.mark.parametrize("text", ["word " * 200, "x" * 1000])
def test_long_texts_stay_beside_their_picture(text: str) -> None:
    sheet = text_sheet(["it"], [text, "short"], [[[plain(10)]], [[plain(20)]]])
    top, left, height, _ = place(sheet, 10)
    written = sheet.max(axis=2) < 128
    assert written[top : top + height, 16 : left - 20].any()
    assert not written[top + height : place(sheet, 20)[0]].any()
    assert not written[top : top + height, left - 8 : left].any()


def test_what_does_not_fit() -> None:
    one = [[plain(1)]]
    for heads, texts, rows in (
        (["a"], [], []),
        (["a"], ["b", "c"], [one]),
        (["a", "b"], ["c"], [one]),
        (["a"], ["b", "c"], [one, [[plain(1), plain(2)]]]),
    ):
        with pytest.raises(ValueError, match="needs so many rows"):
            text_sheet(heads, texts, rows)
