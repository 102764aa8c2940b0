"""The Frechet distance in named features."""

import numpy as np
import pytest

from srgan.metrics import PictureFeatures, ProtocolError, feature_frechet_distance


def plain(levels: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.stack([np.full((8, 8, 3), level, np.uint8) for level in levels])


def test_plain_pictures_have_a_closed_form() -> None:
    """All 192 numbers are one: means 0.1 and 0.5; deviations 0.1 * sqrt(2) of (0, 0.2) and 0.2 * sqrt(2)."""
    found = feature_frechet_distance(
        plain([0, 51]), plain([255 * 3 // 10 + 1, 255 * 7 // 10 + 1]), PictureFeatures("pixels")
    )
    one, two = np.array([0, 51]) / 255, np.array([77, 179]) / 255
    expected = (one.mean() - two.mean()) ** 2 + (one.std(ddof=1) - two.std(ddof=1)) ** 2
    assert found.value == pytest.approx(192 * expected, rel=1e-5)
    assert found.metric == "frechet_distance"
    assert found.protocol["features"] == "means of 8x8 cells of the RGB pixels"


def test_sizes_of_the_samples_belong_to_the_protocol() -> None:
    features, real = PictureFeatures("pixels"), plain([10, 20, 30])
    few, more = (feature_frechet_distance(plain([*range(count)]), real, features) for count in (2, 4))
    with pytest.raises(ProtocolError, match="2 generated of 8x8, 3 real of 8x8 against 4 generated"):
        few.check(more)
