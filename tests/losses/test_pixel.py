"""Pixel losses: values worked out by hand, zero at equality, gradients."""

from functools import partial

import pytest
import torch

from srgan.losses import LOSSES, charbonnier, fft, l1, mse


@pytest.mark.parametrize("name", ["charbonnier", "fft", "l1", "mse"])
def test_zero_for_equal_pictures_and_positive_otherwise(name: str) -> None:
    picture = torch.rand(2, 3, 8, 8)
    assert LOSSES[name](picture, picture).item() == pytest.approx(0.0, abs=1e-7)
    assert LOSSES[name](picture, 1 - picture).item() > 0.01


@pytest.mark.parametrize("name", ["charbonnier", "fft", "l1", "mse"])
def test_gradients_are_right(name: str) -> None:
    real = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    fake = (real + torch.rand_like(real) + 0.1).requires_grad_()
    function = LOSSES[name]
    if name == "fft":  # computed in float32 on purpose
        function = partial(lambda a, b: torch.view_as_real(torch.fft.rfft2(a - b)).abs().mean())
        assert torch.allclose(function(fake, real).float(), fft(fake, real))
    assert torch.autograd.gradcheck(lambda x: function(x, real), (fake,))


def test_values() -> None:
    fake, real = torch.full((1, 3, 4, 4), 0.5), torch.full((1, 3, 4, 4), 0.2)
    assert l1(fake, real).item() == pytest.approx(0.3)
    assert mse(fake, real).item() == pytest.approx(0.09)
    assert charbonnier(fake, real, epsilon=0.4).item() == pytest.approx(0.5 - 0.4)
    # Only the zero frequency differs: 16 * 0.3 in one of the 2 * 4 * 3 real numbers of each channel.
    assert fft(fake, real).item() == pytest.approx(16 * 0.3 / 24)
