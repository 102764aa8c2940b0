"""Blur kernels against their formulas, computed another way."""

import numpy as np
import pytest

from srgan.data.degradations.kernels import SHAPES, bell, draw_kernel, draw_sinc, sinc
from srgan.data.degradations.rounds import FirstRound


def round_of(**options: object) -> FirstRound:
    return FirstRound.model_validate(options)


@pytest.mark.parametrize("shape", SHAPES)
def test_bells_sum_to_one_and_are_symmetric(shape: str) -> None:
    kernel = bell(15, (2.0, 0.7), 0.4, shape=shape, beta=1.7)
    assert kernel.sum() == pytest.approx(1)
    assert np.allclose(kernel, kernel[::-1, ::-1])
    assert kernel.argmax() == kernel.size // 2


def test_a_round_bell_is_a_product_of_gaussians() -> None:
    line = np.exp(-(np.arange(-4, 5) ** 2) / (2 * 1.3**2))
    assert np.allclose(bell(9, (1.3, 1.3)), np.outer(line, line) / line.sum() ** 2)


def test_an_oval_bell_has_the_covariance_that_was_asked_for() -> None:
    """Wide enough not to be cut off, its second moments are sigma rotated by the angle."""
    angle = 0.6
    kernel = bell(41, (3.0, 1.5), angle)
    y, x = np.mgrid[-20:21, -20:21]
    moments = [[(kernel * a * b).sum() for b in (x, y)] for a in (x, y)]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert np.allclose(moments, turn @ np.diag([9, 2.25]) @ turn.T, atol=1e-3)


def test_generalised_and_plateau() -> None:
    form = (np.arange(-3, 4) / 1.2) ** 2
    generalised, plateau = np.exp(-0.5 * form**2.5), 1 / (1 + form**1.5)
    middle = bell(7, (1.2, 1.2), shape="generalised_iso", beta=2.5)[3]
    assert np.allclose(middle / middle[3], generalised)
    middle = bell(7, (1.2, 1.2), shape="plateau_iso", beta=1.5)[3]
    assert np.allclose(middle / middle[3], plateau)
    assert np.allclose(bell(7, (1.2, 1.2), shape="generalised_iso", beta=1), bell(7, (1.2, 1.2)))


@pytest.mark.parametrize("size", [7, 21])
def test_sinc_is_the_circular_low_pass(size: int) -> None:
    """Its Bessel function by the integral J1(x) = 1/pi * integral over 0..pi of cos(t - x sin t)."""
    cutoff = 1.9
    t = (np.arange(2000) + 0.5) * np.pi / 2000
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = np.hypot(x, y)
    bessel = np.cos(t - cutoff * radius[..., None] * np.sin(t)).mean(axis=-1)
    with np.errstate(divide="ignore"):
        expected = cutoff * bessel / (2 * np.pi * radius)
    expected[size // 2, size // 2] = cutoff**2 / (4 * np.pi)
    assert np.allclose(sinc(size, cutoff), expected / expected.sum(), atol=1e-9)


def test_sinc_passes_below_its_cutoff_and_stops_above() -> None:
    gain = np.abs(np.fft.fft2(sinc(51, np.pi / 2)))[0]
    frequency = 2 * np.pi * np.fft.fftfreq(51)
    assert np.all(np.abs(gain[np.abs(frequency) < 0.8 * np.pi / 2] - 1) < 0.1)
    assert np.all(gain[np.abs(frequency) > 1.2 * np.pi / 2] < 0.1)


def test_drawn_kernels_follow_the_options() -> None:
    random = np.random.default_rng(0)
    kernels = [draw_kernel(random, FirstRound.model_validate({})) for _ in range(300)]
    assert {len(kernel) for kernel in kernels} == {7, 9, 11, 13, 15, 17, 19, 21}
    assert np.allclose([kernel.sum() for kernel in kernels], 1)
    # Only sinc filters have negative weights; a kernel in ten is one.
    assert 0.05 < np.mean([kernel.min() < -1e-6 for kernel in kernels]) < 0.15
    one, two = (draw_kernel(np.random.default_rng(5), FirstRound.model_validate({})) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize(("share", "turned_alike"), [(0, True), (1, False)])
def test_shares_choose_the_shape(share: int, turned_alike: bool) -> None:
    shares = [0.0] * 6
    shares[share] = 1.0
    random = np.random.default_rng(1)
    kernels = [draw_kernel(random, round_of(sizes=[9], sinc=0.0, shapes=shares)) for _ in range(20)]
    assert {np.allclose(kernel, np.rot90(kernel)) for kernel in kernels} == {turned_alike}


def test_the_last_filter_is_a_sinc() -> None:
    kernel = draw_sinc(np.random.default_rng(0), [21])
    assert kernel.shape == (21, 21)
    assert kernel.min() < 0
    assert kernel.sum() == pytest.approx(1)
