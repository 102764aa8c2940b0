"""Feature matching: the mean over layers, and where gradients go."""

import pytest
import torch

from srgan.losses import feature_matching


def test_every_layer_counts_alike() -> None:
    fake = [torch.full((2, 4, 8, 8), 0.5), torch.zeros(2, 16, 2, 2)]
    real = [torch.full((2, 4, 8, 8), 0.2), torch.full((2, 16, 2, 2), -1.0)]
    assert feature_matching(fake, real).item() == pytest.approx((0.3 + 1.0) / 2)
    assert feature_matching(real, real).item() == 0.0


def test_gradients_reach_the_fakes_only() -> None:
    fake, real = (torch.randn(1, 2, 3, 3, requires_grad=True) for _ in range(2))
    gradient, to_real = torch.autograd.grad(feature_matching([fake], [real]), (fake, real), allow_unused=True)
    assert to_real is None
    assert torch.equal(gradient, torch.sign(fake - real).detach() / 18)


def test_half_precision_is_averaged_in_full() -> None:
    maps = torch.full((1, 1, 64, 64), 0.1, dtype=torch.bfloat16)
    loss = feature_matching([maps], [torch.zeros_like(maps)])
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(maps[0, 0, 0, 0].item(), rel=1e-6)


def test_layers_must_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        feature_matching([torch.zeros(1), torch.zeros(1)], [torch.zeros(1)])
