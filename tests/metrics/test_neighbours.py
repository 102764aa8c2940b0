"""The nearest picture of a gallery."""

import numpy as np
import pytest

from srgan.metrics import nearest_neighbours, psnr


def test_the_nearest_has_the_highest_psnr_of_all() -> None:
    random = np.random.default_rng(0)
    gallery = random.integers(0, 256, (1100, 4, 4, 3), np.uint8)  # more than two chunks
    noise = random.integers(-60, 60, (6, 4, 4, 3))
    planted = np.array([0, 511, 512, 1024, 1099, 40])
    pictures = np.clip(gallery[planted] + noise, 0, 255).astype(np.uint8)
    found = nearest_neighbours(pictures, gallery)
    for picture, place, value in zip(pictures, found.places, found.psnr, strict=True):
        values = [psnr(picture, other) for other in gallery]
        assert place == np.argmax(values)
        assert value == pytest.approx(max(values), abs=1e-9)


def test_equal_pictures_and_ties() -> None:
    gallery = np.full((3, 64, 64, 3), 255, np.uint8)
    gallery[0] = 0
    found = nearest_neighbours(gallery[2:], gallery)
    assert (found.places.tolist(), found.psnr.tolist()) == ([1], [np.inf])
    one_off = gallery[2:].copy()
    one_off[0, 0, 0, 0] = 254
    assert nearest_neighbours(one_off, gallery).psnr[0] == pytest.approx(10 * np.log10(255**2 * 64 * 64 * 3))


def test_what_has_no_neighbours() -> None:
    with pytest.raises(ValueError, match="no neighbours"):
        nearest_neighbours(np.zeros((1, 4, 4, 3), np.uint8), np.zeros((2, 4, 5, 3), np.uint8))
    with pytest.raises(ValueError, match="no neighbours"):
        nearest_neighbours(np.zeros((1, 4, 4, 3), np.uint8), np.zeros((0, 4, 4, 3), np.uint8))
