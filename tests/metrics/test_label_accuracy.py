"""Agreement of label maps against counts made by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.metrics import LabelAccuracy

PALETTE = ["#000000", "#FF0000", "#00ff00", "#0000ff"]
COLOURS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)


def painted(labels: list[list[int]]) -> NDArray[np.uint8]:
    return np.asarray(COLOURS[np.array(labels)])


def test_counts_shares_and_unions_by_hand() -> None:
    found = LabelAccuracy(PALETTE)
    found.add(painted([[0, 0, 1], [1, 2, 0]]), painted([[0, 1, 1], [1, 0, 0]]))
    assert found.counts.tolist() == [[2, 0, 1, 0], [1, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert found.accuracy == pytest.approx(4 / 6)
    # black 2 of 4, red 2 of 3, green 0 of 1, blue nowhere
    assert found.mean_iou == pytest.approx((2 / 4 + 2 / 3 + 0) / 3)


def test_pictures_count_together_not_one_by_one() -> None:
    found = LabelAccuracy(PALETTE)
    found.add(painted([[0, 0, 0, 0]]), painted([[0, 0, 0, 0]]))
    found.add(painted([[0, 1]]), painted([[1, 1]]))
    assert found.accuracy == pytest.approx(5 / 6)
    assert found.mean_iou == pytest.approx((4 / 5 + 1 / 2) / 2)


def test_the_same_map_agrees_wholly_though_its_colours_are_not_pure() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, (9, 7))
    clean = COLOURS[labels]
    noisy = np.clip(clean.astype(int) + random.integers(-60, 61, clean.shape), 0, 255).astype(np.uint8)
    found = LabelAccuracy(PALETTE)
    assert np.array_equal(found.labels(noisy), labels)
    found.add(noisy, clean)
    assert (found.accuracy, found.mean_iou) == (1.0, 1.0)


def test_labels_are_the_nearest_colours_of_a_slow_search_and_the_first_of_equals() -> None:
    random = np.random.default_rng(1)
    colours = random.integers(0, 256, (12, 3))
    picture = random.integers(0, 256, (20, 30, 3), np.uint8)
    slow = ((picture[:, :, None].astype(int) - colours) ** 2).sum(axis=-1).argmin(axis=-1)
    found = LabelAccuracy([f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours])
    assert np.array_equal(found.labels(picture), slow)
    between = np.array([[[4, 0, 0]]], np.uint8)
    assert LabelAccuracy(["#080000", "#000000"]).labels(between).item() == 0
    assert LabelAccuracy(["#000000", "#080000"]).labels(between).item() == 0


@pytest.mark.parametrize("palette", [["#000000"], ["#aabbcc", "#AABBCC"], ["#000000", "red"], ["#000000", "#1234567"]])
def test_palettes_that_cannot_be_used(palette: list[str]) -> None:
    with pytest.raises(ValueError, match="colour"):
        LabelAccuracy(palette)


def test_what_cannot_be_compared() -> None:
    found = LabelAccuracy(PALETTE)
    with pytest.raises(ValueError, match="shapes differ"):
        found.add(painted([[0]]), painted([[0, 0]]))
    for name in ("accuracy", "mean_iou"):
        with pytest.raises(ValueError, match="no label maps"):
            getattr(found, name)
