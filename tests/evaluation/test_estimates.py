"""Intervals that hold what they promise."""

import numpy as np
import pytest

from srgan.evaluation.estimates import Estimate, Spread, resampled


def test_an_interval_is_as_wide_as_theory_says_and_holds_the_mean_95_times_of_100() -> None:
    random, inside, widths = np.random.default_rng(0), 0, []
    for _ in range(40):
        (found,) = resampled(random.normal(3.0, 2.0, (100, 1)), lambda means: means)
        inside += found.low <= 3.0 <= found.high
        widths.append(found.high - found.low)
    assert np.mean(widths) == pytest.approx(2 * 1.96 * 2.0 / 10, rel=0.05)
    assert 35 <= inside < 40


def test_what_scores_have_in_common_does_not_widen_their_difference() -> None:
    common = np.random.default_rng(0).normal(0.0, 5.0, 200)
    scores = np.column_stack([common + 1.0, common])
    first, difference = resampled(scores, lambda means: np.column_stack([means[:, 0], means[:, 0] - means[:, 1]]))
    assert difference == pytest.approx((1.0, 1.0, 1.0))
    assert first.high - first.low > 1.0


def test_what_is_no_number_is_left_out() -> None:
    scores = np.array([[0.0], [0.0], [1.0]])
    found, nothing = resampled(
        scores, lambda means: np.column_stack([np.where(means[:, 0] > 0, 2.0, np.nan), np.full(len(means), np.nan)])
    )
    assert found == (2.0, 2.0, 2.0)
    assert nothing.as_dict() == {"value": None, "low": None, "high": None}
    assert Estimate(1.0, 0.5, float("inf")).as_dict() == {"value": 1.0, "low": 0.5, "high": None}


def test_a_spread() -> None:
    assert Spread.of(np.array([4.0, 0.0, 1.0, 2.0, 3.0])).as_dict() == {
        "mean": 2.0,
        "lower": 1.0,
        "median": 2.0,
        "upper": 3.0,
    }
