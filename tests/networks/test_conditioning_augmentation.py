"""Drawn conditions: their mean in evaluation, their distribution in training, what it costs."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from srgan.networks import ConditioningAugmentation


def sentences(count: int) -> torch.Tensor:
    torch.manual_seed(1)
    return F.normalize(torch.randn(count, 24), dim=1)


def small() -> ConditioningAugmentation:
    torch.manual_seed(0)
    return ConditioningAugmentation(24, 16)


def test_evaluation_takes_the_mean() -> None:
    augmentation, condition = small().eval(), sentences(3)
    drawn = augmentation(condition)
    assert torch.equal(drawn, augmentation(condition))
    assert torch.equal(drawn, augmentation.moments(condition)[0])


def test_training_draws_what_the_moments_say() -> None:
    augmentation, condition = small(), sentences(1)
    with torch.no_grad():
        augmentation.log_variance.bias.copy_(torch.linspace(-3.0, 1.0, 16))
        mean, logarithm = augmentation.moments(condition)
        drawn = augmentation(condition.expand(20_000, -1))
    deviation = (0.5 * logarithm[0]).exp()
    # Five deviations of a mean and of a standard deviation of 20 000 draws.
    assert ((drawn.mean(0) - mean[0]).abs() < 5.0 * deviation / 20_000**0.5).all()
    assert ((drawn.std(0) / deviation - 1.0).abs() < 5.0 / 40_000**0.5).all()


def test_divergence() -> None:
    augmentation, condition = small(), sentences(5)
    with torch.no_grad():
        augmentation.log_variance.bias.copy_(torch.linspace(-3.0, 1.0, 16))
    mean, logarithm = augmentation.moments(condition)
    true = kl_divergence(Normal(mean, (0.5 * logarithm).exp()), Normal(0.0, 1.0))
    assert augmentation.divergence(condition).shape == (5,)
    assert torch.allclose(augmentation.divergence(condition), true.mean(1), atol=1e-6)
    for parameter in augmentation.parameters():
        torch.nn.init.zeros_(parameter)
    assert augmentation.divergence(condition).tolist() == [0.0] * 5


def test_start_and_gradients() -> None:
    augmentation, condition = small(), sentences(64)
    mean, logarithm = augmentation.moments(condition)
    assert float(mean.detach().square().mean()) == pytest.approx(1.0, abs=0.2)
    assert logarithm.abs().max() < 0.2
    torch.autograd.backward(augmentation(condition).square().mean())
    for name, parameter in augmentation.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
