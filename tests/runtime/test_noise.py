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


@pytest.mark.parametrize(("seed", "sample"), [(-1, 0), (2**64, 0), (0, -1)])
def test_what_is_out_of_range_is_refused(seed: int, sample: int) -> None:
    with pytest.raises(UsageError, match="between 0 and"):
        draw_noise(seed, sample, 4)
