"""Scores whose exponentials are finite."""

import torch

from srgan.adversarial.exponential import tame


def test_exponentials_go_on_as_tangents() -> None:
    inside = torch.linspace(-20, 20, 401, dtype=torch.float64)
    assert torch.equal(tame(inside), inside)
    outside = torch.tensor([20.5, 100.0, 1e6], dtype=torch.float64)
    expected = torch.exp(torch.tensor(20.0, dtype=torch.float64)) * (1 + outside - 20)
    assert torch.allclose(torch.exp(tame(outside)), expected, rtol=1e-12)
    assert torch.equal(tame(-outside), -tame(outside))


def test_the_slope_is_continuous_and_never_negative() -> None:
    score = torch.tensor([-1e30, -20.001, -20.0, -19.999, 0.0, 19.999, 20.0, 20.001, 1e30], requires_grad=True)
    (slope,) = torch.autograd.grad(tame(score).sum(), score)
    assert torch.allclose(slope[1:-1], torch.ones(7), atol=2e-3)
    assert (slope >= 0).all()
