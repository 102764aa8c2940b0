"""The discriminator's lead."""

import pytest
import torch

from srgan.adversarial import advantage


def test_known_values() -> None:
    real = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert advantage(real, real - 1).item() == 1.0
    assert advantage(real, real + 1).item() == 0.0
    assert advantage(real, real).item() == 0.5
    value = advantage(real, torch.tensor([[0.0, 2.0], [5.0, -1.0]]))
    assert value.item() == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert not value.requires_grad


def test_any_increasing_scale_gives_the_same() -> None:
    real, fake = torch.randn(2, 1, 8, 8) + 0.5, torch.randn(2, 1, 8, 8)
    assert advantage(real, fake) == advantage(torch.exp(real), torch.exp(fake))
