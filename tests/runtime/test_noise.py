from typing import Literal

import numpy as np
import pytest

from srgan.errors import UsageError
from srgan.runtime import draw_noise


def test_it_is_standard_normal_and_the_same_every_time() -> None:
    noise = draw_noise(0, 0, 20_000)
    assert noise is not None
    assert noise.shape == (1, 20_000)
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    np.testing.assert_array_equal(draw_noise(0, 0, 20_000), noise)
    expected = np.random.Generator(np.random.Philox(key=3, counter=[0, 2, 0, 0])).standard_normal((1, 8))
    np.testing.assert_array_equal(draw_noise(3, 2, 8), expected.astype(np.float32))


def test_samples_and_seeds_are_apart() -> None:
    drawn = [draw_noise(seed, sample, 64) for seed in (0, 1, 2**64 - 1) for sample in (0, 1, 9999)]
    for index, noise in enumerate(drawn):
        assert noise is not None
        for other in drawn[:index]:
            assert other is not None
            assert abs(np.corrcoef(noise[0], other[0])[0, 1]) < 0.5


def test_a_model_that_takes_none_gets_none() -> None:
    assert draw_noise(0, 0, 0) is None


def test_truncated_normal_noise_is_drawn_again() -> None:
    whole, cut = draw_noise(1, 2, 5000), draw_noise(1, 2, 5000, truncation=0.8)
    assert whole is not None
    assert cut is not None
    near = np.abs(whole) <= 0.8
    np.testing.assert_array_equal(cut[near], whole[near])
    assert np.abs(cut).max() <= 0.8
    # The variance of N(0, 1) cut at t is 1 - 2 t pdf(t) / (2 cdf(t) - 1).
    assert abs(cut.var() - 0.1955) < 0.01
    smallest = draw_noise(0, 0, 200, truncation=0.01)
    assert smallest is not None
    assert 0.005 < np.abs(smallest).max() <= 0.01


def test_uniform_noise_and_its_truncation() -> None:
    whole, half = (draw_noise(0, 3, 20_000, prior="uniform", truncation=t) for t in (None, 0.5))
    assert whole is not None
    assert half is not None
    assert -1 <= whole.min() < -0.999 < 0.999 < whole.max() <= 1
    assert abs(whole.var() - 1 / 3) < 0.01
    np.testing.assert_allclose(half, whole / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("truncation", "prior"), [(0.0, "normal"), (-1.0, "uniform"), (1.01, "uniform"), (float("nan"), "normal")]
)
def test_a_truncation_out_of_range_is_refused(truncation: float, prior: Literal["normal", "uniform"]) -> None:
    with pytest.raises(UsageError, match="truncation must be at least"):
        draw_noise(0, 0, 4, prior=prior, truncation=truncation)


@pytest.mark.parametrize(("seed", "sample"), [(-1, 0), (2**64, 0), (0, -1)])
def test_what_is_out_of_range_is_refused(seed: int, sample: int) -> None:
    with pytest.raises(UsageError, match="between 0 and"):
        draw_noise(seed, sample, 4)
