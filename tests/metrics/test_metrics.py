"""Metrics against values worked out by hand and an independent implementation."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from srgan.metrics import luma, psnr, ssim, without_border


@pytest.fixture
def pair() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(3)
    real = random.integers(0, 256, (40, 33)).astype(np.float64)
    return np.clip(real + random.normal(0, 12, real.shape), 0, 255).round(), real


def test_luma_of_known_colours() -> None:
    colours = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert luma(colours)[0] == pytest.approx([16, 235, 81.481, 144.553, 40.966])
    assert luma(np.array([[0, 255]], np.uint8))[0] == pytest.approx([16, 235])


def test_psnr_of_a_known_error() -> None:
    assert psnr(np.full((4, 4), 10), np.full((4, 4), 12)) == pytest.approx(10 * np.log10(255**2 / 4))
    assert psnr(np.zeros(3), np.zeros(3)) == float("inf")
    with pytest.raises(ValueError, match="shapes"):
        psnr(np.zeros(3), np.zeros(4))


def test_ssim_agrees_with_kornia(pair: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    from kornia.metrics import ssim as reference

    fake, real = pair
    one, two = (torch.from_numpy(image)[None, None] for image in (fake, real))
    expected = reference(one, two, window_size=11, max_val=255.0, padding="valid").mean().item()
    assert ssim(fake, real) == pytest.approx(expected, abs=1e-6)


def test_ssim_limits(pair: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    fake, real = pair
    assert ssim(real, real) == pytest.approx(1.0)
    assert ssim(255 - real, real) < 0
    assert ssim(fake, real) == pytest.approx(ssim(real, fake))
    with pytest.raises(ValueError, match="11x11"):
        ssim(real[:10], real[:10])


def test_border() -> None:
    image = np.arange(30).reshape(5, 6)
    assert without_border(image, 2).tolist() == [[14, 15]]
    assert without_border(image, 0) is not None
    with pytest.raises(ValueError, match="border"):
        without_border(image, 3)
