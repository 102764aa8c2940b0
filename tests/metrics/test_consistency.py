"""Whether a result still is what it was made of."""

import numpy as np
import pytest

from srgan.images import imresize
from srgan.metrics import consistency, psnr


def test_any_picture_whose_reduction_is_the_input_is_consistent() -> None:
    high = np.random.default_rng(0).integers(0, 256, (48, 36, 3), np.uint8)
    assert consistency(high, imresize(high, scale=0.25)) == np.inf


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_change_of_level_is_what_it_is(channels: tuple[int, ...]) -> None:
    small = np.full((8, 9, *channels), 100, np.uint8)
    assert consistency(np.full((32, 36, *channels), 105, np.uint8), small) == pytest.approx(20 * np.log10(255 / 5))


def test_a_moved_picture_is_not_consistent() -> None:
    random = np.random.default_rng(1)
    small = imresize(random.integers(0, 256, (6, 6, 3), np.uint8), size=(24, 24))
    fake = imresize(small, scale=4)
    honest, moved = consistency(fake, small), consistency(np.roll(fake, 4, axis=1), small)
    assert honest > 45
    assert moved < honest - 15
    assert moved == pytest.approx(psnr(imresize(np.roll(fake, 4, axis=1), scale=0.25), small))


def test_what_cannot_be_reduced() -> None:
    small = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="smaller than its input"):
        consistency(np.zeros((8, 7, 3), np.uint8), small)
    with pytest.raises(ValueError, match="channels differ"):
        consistency(np.zeros((32, 32), np.uint8), small)
