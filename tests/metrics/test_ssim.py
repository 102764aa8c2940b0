"""Structural similarity against its definition, window by window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.metrics import ms_ssim, ssim, structural_means

Channel = NDArray[np.float64]
C1, C2 = 6.5025, 58.5225


def pair(height: int, width: int, seed: int = 3) -> tuple[Channel, Channel]:
    random = np.random.default_rng(seed)
    real = np.cumsum(random.normal(0, 9, (height, width)), axis=1).clip(-120, 120) + 128
    return (real + random.normal(0, 12, real.shape)).clip(0, 255).round(), real.round()


def by_definition(fake: Channel, real: Channel) -> tuple[float, float]:
    """Every window by itself: weighted moments about its own means."""
    places = np.arange(-5, 6)
    weights = np.exp(-(places[:, None] ** 2 + places**2) / (2 * 1.5**2))
    weights /= weights.sum()
    windows = [np.lib.stride_tricks.sliding_window_view(side, (11, 11)) for side in (fake, real)]
    x, y = windows
    mean_x, mean_y = ((side * weights).sum(axis=(2, 3), keepdims=True) for side in windows)
    variances = (((x - mean_x) ** 2 + (y - mean_y) ** 2) * weights).sum(axis=(2, 3))
    covariance = ((x - mean_x) * (y - mean_y) * weights).sum(axis=(2, 3))
    contrast = (2 * covariance + C2) / (variances + C2)
    luminance = ((2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1))[..., 0, 0]
    return float((luminance * contrast).mean()), float(contrast.mean())


# One window; parts of a block; several blocks with a rest.
@pytest.mark.parametrize("shape", [(11, 11), (40, 33), (58, 58), (107, 131)])
def test_every_window_counts_as_the_definition_says(shape: tuple[int, int]) -> None:
    fake, real = pair(*shape)
    found = structural_means(fake, real)
    assert found == pytest.approx(by_definition(fake, real), abs=1e-10)
    assert found.ssim == ssim(fake, real)


def test_colour_is_the_mean_over_the_channels() -> None:
    pairs = [pair(30, 30, seed) for seed in range(3)]
    fake, real = (np.stack([each[side] for each in pairs], axis=2) for side in (0, 1))
    assert ssim(fake, real) == pytest.approx(np.mean([ssim(*each) for each in pairs]))


def test_the_range_of_values_only_scales() -> None:
    fake, real = pair(40, 40)
    assert ssim(fake / 255, real / 255, peak=1.0) == pytest.approx(ssim(fake, real))


def test_five_scales_by_definition() -> None:
    fake, real = pair(176, 208)
    expected = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        side = 2**scale
        one, two = (
            each.reshape(each.shape[0] // side, side, each.shape[1] // side, side).mean(axis=(1, 3))
            for each in (fake, real)
        )
        both, contrast = by_definition(one, two)
        expected *= (both if scale == 4 else contrast) ** weight
    assert ms_ssim(fake, real) == pytest.approx(expected, abs=1e-10)
    assert ms_ssim(fake, real) > ssim(fake, real)  # noise is gone from the coarse scales


def test_plain_pictures_differ_in_luminance_alone() -> None:
    one, two = np.full((177, 201), 90.0), np.full((177, 201), 120.0)
    luminance = (2 * 90 * 120 + C1) / (90**2 + 120**2 + C1)
    assert ssim(one, two) == pytest.approx(luminance)
    assert ms_ssim(one, two) == pytest.approx(luminance**0.1333)


def test_limits_of_several_scales() -> None:
    fake, real = pair(176, 176)
    assert ms_ssim(real, real) == pytest.approx(1.0)
    assert ms_ssim(255 - real, real) == 0.0
    with pytest.raises(ValueError, match="at least 176x176 pixels, not 300x175"):
        ms_ssim(np.zeros((175, 300)), np.zeros((175, 300)))
    with pytest.raises(ValueError, match="one shape"):
        ms_ssim(fake, real[1:])
