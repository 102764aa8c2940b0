"""What a translation has to beat."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.evaluation import ColourStatistics, NearestNeighbour, grey_copy
from srgan.evaluation.cielab import cielab


def _plain(colour: tuple[int, int, int], alpha: int = 255, size: tuple[int, int] = (40, 40)) -> NDArray[np.uint8]:
    return np.full((*size, 4), (*colour, alpha), np.uint8)


def _noise(seed: int, low: int, high: int) -> NDArray[np.uint8]:
    picture = np.full((24, 24, 4), 255, np.uint8)
    picture[..., :3] = np.random.default_rng(seed).integers(low, high, (24, 24, 3))
    return picture


def test_grey_copies_keep_their_transparency() -> None:
    grey = grey_copy(np.array([[[255, 0, 0, 255], [0, 255, 0, 9], [0, 0, 255, 0], [7, 7, 7, 1]]], np.uint8))
    assert grey[0].tolist() == [[76, 76, 76, 255], [150, 150, 150, 9], [29, 29, 29, 0], [7, 7, 7, 1]]


def test_colours_get_the_statistics_of_the_targets() -> None:
    sources, targets = [_noise(1, 60, 110), _noise(2, 120, 170)], [_noise(3, 100, 140)]
    moved = [ColourStatistics(sources, targets)(picture) for picture in sources]
    before, after = (np.concatenate([cielab(p[..., :3]).reshape(-1, 3) for p in side]) for side in (targets, moved))
    assert after.mean(axis=0) == pytest.approx(before.mean(axis=0), abs=0.1)
    assert after.std(axis=0) == pytest.approx(before.std(axis=0), rel=0.02)
    dark, bright = (cielab(picture[..., :3])[..., 0].mean() for picture in moved)
    assert dark < bright - 5, "one map for all: a picture that is darker than the others stays so"


def test_what_is_transparent_has_no_part_in_statistics() -> None:
    source, target = _noise(1, 90, 170), _noise(2, 40, 200)
    unseen = source.copy()
    unseen[:12] = 0
    whole = ColourStatistics([source[12:]], [target])(source)
    assert np.array_equal(ColourStatistics([unseen], [target])(source), whole)
    assert np.array_equal(ColourStatistics([source], [target])(unseen)[..., 3], unseen[..., 3])
    with pytest.raises(ValueError, match="no picture has a visible pixel"):
        ColourStatistics([_plain((9, 9, 9), alpha=0)], [target])


def test_plain_sources_have_no_deviation_to_match() -> None:
    result = ColourStatistics([_plain((9, 9, 9))], [_plain((200, 100, 50))])(_plain((9, 9, 9)))
    assert np.array_equal(result, _plain((200, 100, 50)))


def test_nearest_neighbours_are_found_by_the_source_on_the_background() -> None:
    sources = [_plain((250, 0, 0)), _plain((0, 0, 250)), _plain((0, 0, 0), alpha=0)]
    targets = [_plain((1, 1, 1)), _plain((2, 2, 2), size=(80, 60)), _plain((0, 0, 0), alpha=0)]
    nearest = NearestNeighbour(sources, targets, "#ffffff")
    assert np.array_equal(nearest(_plain((200, 30, 30))), _plain((1, 1, 1))[..., :3])
    assert np.array_equal(nearest(_plain((30, 30, 200))), _plain((2, 2, 2))[..., :3])
    assert np.array_equal(nearest(_plain((240, 240, 240), size=(50, 30))), np.full((50, 30, 3), 255))
