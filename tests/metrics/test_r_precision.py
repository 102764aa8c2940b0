"""R-precision of what is known, of what is not, and which wrong captions it is measured with."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.metrics import draw_distractors, r_precision


def vectors(count: int, *, seed: int = 0, width: int = 32) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


def distractors(count: int, *, wrong: int = 99) -> NDArray[np.int64]:
    """Some of the others, for each."""
    random = np.random.default_rng(1)
    return np.array([random.choice(np.delete(np.arange(count), place), wrong, replace=False) for place in range(count)])


def test_the_known_are_found_whatever_their_length() -> None:
    captions, places = vectors(600), np.arange(600)
    lengths = np.random.default_rng(2).uniform(0.01, 100, (600, 1))
    assert r_precision(captions * lengths, captions, places, distractors(600)) == 1.0
    assert r_precision(-captions, captions, places, distractors(600)) == 0.0


def test_chance_is_one_of_a_hundred() -> None:
    captions, places = vectors(3000), np.arange(3000)
    found = r_precision(vectors(3000, seed=9), captions, places, distractors(3000))
    assert 0.005 < found < 0.016  # 3 standard deviations of 3,000 throws


def test_what_knows_nothing_gets_what_chance_gives() -> None:
    one = np.repeat(vectors(1), 300, axis=0)
    assert r_precision(one, one, np.arange(300), distractors(300)) == pytest.approx(0.01)


def test_a_known_share() -> None:
    """Each picture is its own caption, or another one that is among its wrong ones."""
    captions, places = vectors(400), np.arange(400)
    wrong = distractors(400)
    shown = captions.copy()
    shown[::4] = captions[wrong[::4, 50]]
    assert r_precision(shown, captions, places, wrong) == 0.75


def test_ties_count_in_part() -> None:
    captions = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, 0.0]])
    picture = np.array([[1.0, 0.1]])
    assert r_precision(picture, captions, np.array([0]), np.array([[1, 2]])) == pytest.approx(1 / 2)
    assert r_precision(picture, captions, np.array([0]), np.array([[1, 2, 3]])) == pytest.approx(1 / 3)
    assert r_precision(picture, captions, np.array([2]), np.array([[1, 3]])) == 0.0


def test_pictures_may_share_captions() -> None:
    captions = np.eye(3)
    pictures = np.array([[1.0, 0.2, 0.0], [0.9, 0.1, 0.3], [0.0, 1.0, 0.5]])
    assert r_precision(pictures, captions, np.array([0, 0, 2]), np.array([[1, 2], [1, 2], [0, 1]])) == pytest.approx(
        2 / 3
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"pictures": np.ones((0, 4))},
        {"pictures": np.ones((2, 5))},
        {"true": np.zeros(3, int)},
        {"distractors": np.ones((3, 1), int)},
        {"pictures": np.zeros((2, 4))},
        {"captions": np.full((2, 4), np.nan)},
    ],
    ids=["none", "widths", "true", "distractors", "zero", "not finite"],
)
def test_what_does_not_fit(bad: dict[str, NDArray[np.float64]]) -> None:
    good = {
        "pictures": np.ones((2, 4)),
        "captions": np.ones((2, 4)),
        "true": np.zeros(2, int),
        "distractors": np.ones((2, 1), int),
    }
    assert r_precision(**good) == 0.5
    with pytest.raises(ValueError, match=r"do not fit|without a direction"):
        r_precision(**{**good, **bad})


CONCEPTS = np.repeat(np.arange(60), 4)
GROUPS = CONCEPTS // 15  # 4 groups of 15 concepts of 4 captions


def test_distractors_are_different_captions_of_other_concepts_half_of_the_group() -> None:
    drawn = draw_distractors(CONCEPTS, GROUPS, seed=3)
    assert drawn.shape == (240, 99)
    assert drawn.dtype == np.int64
    assert all(len(set(row)) == 99 for row in drawn.tolist())
    assert not (CONCEPTS[drawn] == CONCEPTS[:, None]).any()
    assert ((GROUPS[drawn] == GROUPS[:, None]).sum(axis=1) == 49).all()
    assert np.array_equal(drawn, draw_distractors(CONCEPTS, GROUPS, seed=3))
    assert not np.array_equal(drawn, draw_distractors(CONCEPTS, GROUPS, seed=4))


@pytest.mark.parametrize(("share", "near"), [(0.0, 0), (0.25, 5), (1.0, 20)])
def test_other_shares(share: float, near: int) -> None:
    drawn = draw_distractors(CONCEPTS, GROUPS, count=20, same_group=share, seed=3)
    assert ((GROUPS[drawn] == GROUPS[:, None]).sum(axis=1) == near).all()


def test_small_groups_are_filled_up_and_so_are_large_ones() -> None:
    groups = np.where(CONCEPTS < 3, 0, 1)  # 12 captions of 3 concepts, and all the others
    drawn = draw_distractors(CONCEPTS, groups, seed=3)
    near = (groups[drawn] == groups[:, None]).sum(axis=1)
    assert (near[:12] == 8).all()
    assert (near[12:] == 99 - 12).all()
    assert all(len(set(row)) == 99 for row in drawn.tolist())


@pytest.mark.parametrize("groups", [None, np.full(240, -1)])
def test_without_groups_all_others_are_alike(groups: NDArray[np.int64] | None) -> None:
    drawn = draw_distractors(CONCEPTS, groups, seed=3)
    assert not (CONCEPTS[drawn] == CONCEPTS[:, None]).any()
    times = np.bincount(drawn.ravel(), minlength=240)
    assert 60 < times.min() <= times.max() < 140  # 99 each, give or take 8


def test_too_few_others() -> None:
    assert draw_distractors(np.array([0, 1, 1]), None, count=1, seed=0)[1:].tolist() == [[0], [0]]
    with pytest.raises(ValueError, match="caption 1 has 1 captions of other concepts, and needs 2"):
        draw_distractors(np.array([0, 1, 1]), None, count=2, seed=0)
