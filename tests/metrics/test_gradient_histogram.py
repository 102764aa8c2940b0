"""Distributions of gradients: known bins, known distances, and what they say of blur and noise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.metrics import GradientHistogram, gradient_distance

Picture = NDArray[np.float64] | NDArray[np.uint8]


def steps(height: float, *, side: int = 17) -> Picture:
    """Stripes of one pixel: every forward difference to the right is `height` grey levels of luma."""
    grey = np.where(np.arange(side) % 2, 20.0 + height * 255 / 219, 20.0)
    return np.broadcast_to(grey, (side, side))


def filled(*pictures: Picture) -> GradientHistogram:
    histogram = GradientHistogram()
    for picture in pictures:
        histogram.add(picture)
    return histogram


@pytest.mark.parametrize(
    ("height", "bin_"), [(0.0, 0), (0.99, 0), (1.01, 1), (1.19, 1), (1.2, 2), (16.0, 16), (17.2, 16), (18.0, 17)]
)
def test_bins_have_the_ratio_of_the_32nd_root_of_the_largest(height: float, bin_: int) -> None:
    """The edges are r**k with r = (219 sqrt 2)**(1/32) = 1.1963; r**15 = 14.7, r**16 = 17.6."""
    assert filled(steps(height)).shares[bin_] == 1.0


def test_the_steepest_gradient_has_the_last_bin() -> None:
    corner = np.array([[0, 255], [255, 0]], np.uint8)
    assert filled(corner).shares.tolist() == [0.0] * 32 + [1.0]


def test_differences_of_both_directions_are_one_length() -> None:
    rows, columns = np.mgrid[:5, :5] * 255.0 / 219
    shares = filled(3 * rows + 4 * columns).shares
    assert np.array_equal(shares, filled(steps(5)).shares)


def test_distances_by_hand() -> None:
    """Flat and stepped pictures of 16x16 gradients in the shares 3:1 and 1:3 have half in common."""
    flat, stepped = steps(0), steps(40)
    assert gradient_distance([flat, flat, flat, stepped], [flat, stepped, stepped, stepped]) == pytest.approx(0.5)
    assert gradient_distance([flat], [stepped]) == 1.0
    assert gradient_distance([flat, stepped], [stepped, flat, flat, stepped]) == pytest.approx(0.0)


def test_colours_count_by_their_luma() -> None:
    colours = np.zeros((9, 9, 3), np.uint8)
    colours[:, ::2] = [0, 255, 0]
    assert gradient_distance([colours], [steps(128.553)]) == 0.0


def test_blur_and_noise_move_away_from_the_real_distribution() -> None:
    random = np.random.default_rng(0)

    def real() -> NDArray[np.float64]:
        return np.asarray(np.cumsum(random.normal(0, 12, (64, 64)), axis=1) % 256)

    pictures, others = [real() for _ in range(4)], [real() for _ in range(4)]
    blurred = [(picture + np.roll(picture, 1, 0) + np.roll(picture, 1, 1)) / 3 for picture in pictures]
    noisy = [picture + random.normal(0, 20, picture.shape) for picture in pictures]
    itself = gradient_distance(others, pictures)
    assert itself < 0.05
    assert gradient_distance(blurred, pictures) > 4 * itself
    assert gradient_distance(noisy, pictures) > 4 * itself


def test_what_has_no_gradients_is_refused() -> None:
    with pytest.raises(ValueError, match="4x1 has no gradients"):
        gradient_distance([np.zeros((1, 4))], [steps(1)])
    with pytest.raises(ValueError, match="no picture"):
        gradient_distance([steps(1)], [])
