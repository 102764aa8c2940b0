"""Operations against closed forms and independent implementations."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from srgan.data.degradations import operations
from srgan.images import imresize


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random(shape, np.float32))


def test_blur_is_a_correlation_with_mirrored_borders() -> None:
    pictures, kernel = noise(2, 3, 12, 15), np.random.default_rng(1).random((5, 7))
    padded = np.pad(pictures.double().numpy(), ((0, 0), (0, 0), (2, 2), (3, 3)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 7), axis=(2, 3))
    expected = np.einsum("bchwij,ij->bchw", windows, kernel)
    assert np.allclose(operations.blur(pictures, kernel).numpy(), expected, atol=1e-5)


def test_blur_takes_pictures_smaller_than_the_kernel() -> None:
    flat = torch.full((1, 3, 4, 5), 0.25)
    assert torch.allclose(operations.blur(flat, np.full((21, 21), 1 / 441)), flat, atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "factor", "taps"),
    [
        ("area", 2, [0.5, 0.5]),
        ("area", 4, [0.25] * 4),
        ("bilinear", 2, [0.5, 0.5]),
        ("bilinear", 4, [0, 0.5, 0.5, 0]),
        ("bicubic", 4, [-0.09375, 0.59375, 0.59375, -0.09375]),
    ],
)
def test_resize_has_no_antialiasing(mode: operations.Mode, factor: int, taps: list[float]) -> None:
    pictures = noise(1, 3, 24, 16)
    blocks = pictures.reshape(1, 3, 24 // factor, factor, 16 // factor, factor)
    weights = torch.tensor(taps)
    expected = torch.einsum("bcyixj,i,j->bcyx", blocks, weights, weights)
    resized = operations.resize(pictures, (24 // factor, 16 // factor), mode)
    assert torch.allclose(resized, expected, atol=1e-5)


def test_resize_to_the_same_size_changes_nothing() -> None:
    pictures = noise(1, 3, 5, 7)
    assert operations.resize(pictures, (5, 7), "bicubic") is pictures


@pytest.mark.parametrize("grey", [False, True])
def test_gaussian_noise_has_the_deviation_that_was_asked_for(grey: bool) -> None:
    flat = torch.full((2, 3, 128, 128), 0.5)
    change = operations.add_gaussian_noise(flat, np.random.default_rng(0), sigma=10, grey=grey) - flat
    assert float(change.std()) * 255 == pytest.approx(10, rel=0.02)
    assert abs(float(change.mean())) * 255 < 0.2
    assert torch.equal(change[:, 0], change[:, 1]) == grey


@pytest.mark.parametrize("grey", [False, True])
def test_poisson_noise_grows_with_the_root_of_brightness(grey: bool) -> None:
    """With all 256 values in a picture there are 256 quanta: variance = strength^2 * value / 256."""
    levels = torch.arange(256).repeat_interleave(512).reshape(1, 1, 256, 512) / 255
    pictures = levels.expand(1, 3, 256, 512)
    change = operations.add_poisson_noise(pictures, np.random.default_rng(0), strength=0.5, grey=grey) - pictures
    for level in (40, 100, 200):
        assert float(change[..., level, :].var()) == pytest.approx(0.25 * level / 255 / 256, rel=0.15)
        assert abs(float(change[..., level, :].mean())) < 2e-3
    assert torch.equal(change[:, 0], change[:, 2]) == grey


def test_poisson_noise_of_a_flat_picture_has_one_quantum() -> None:
    flat = torch.full((1, 3, 64, 64), 102 / 255)
    change = operations.add_poisson_noise(flat, np.random.default_rng(0), strength=0.1, grey=False) - flat
    steps = (change + 0.1 * 102 / 255) / 0.1  # whole counts, and few of them
    assert torch.allclose(steps, steps.round(), atol=1e-4)
    assert float(steps.mean()) == pytest.approx(102 / 255, rel=0.05)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_compression_is_a_jpeg_file(quality: int) -> None:
    """Pillow's file of the same quality, colours the right way round, within a level or two of rounding."""
    coarse = np.random.default_rng(2).integers(0, 256, (9, 9, 3), np.uint8)
    pixels = imresize(coarse, size=(72, 80))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    expected = np.asarray(Image.open(buffer)).astype(int)
    pictures = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    compressed = operations.compress(pictures, quality)
    found = compressed[0].permute(1, 2, 0).mul(255).round().int().numpy()
    assert np.abs(found - expected).max() <= 2
    assert np.abs(found - pixels).max() > 3
    assert compressed.dtype == torch.float32


def test_rounding() -> None:
    values = torch.tensor([-0.1, 0.4 / 255, 0.6 / 255, 1.2])
    assert torch.equal(operations.round_to_8_bit(values), torch.tensor([0.0, 0.0, 1 / 255, 1.0]))
