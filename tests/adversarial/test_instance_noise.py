"""Instance noise: its strength, and how it fades."""

import pytest
import torch

from srgan.adversarial import falling, instance_noise


def test_noise_is_normal_and_of_the_given_strength() -> None:
    torch.manual_seed(0)
    noise = instance_noise(torch.full((8, 3, 32, 32), 0.5), 0.2) - 0.5
    assert noise.mean().item() == pytest.approx(0.0, abs=0.005)
    assert noise.std().item() == pytest.approx(0.2, rel=0.02)
    # Each picture has its own.
    assert torch.corrcoef(noise.flatten(1)).fill_diagonal_(0).abs().max() < 0.1


def test_no_noise_changes_nothing_and_draws_nothing() -> None:
    pictures, before = torch.rand(2, 3, 4, 4), torch.get_rng_state()
    assert instance_noise(pictures, 0.0) is pictures
    assert torch.equal(torch.get_rng_state(), before)


def test_strength_falls_linearly_to_zero() -> None:
    assert [falling(0.2, progress, 0.5) for progress in (0.0, 0.125, 0.25, 0.5, 0.9)] == pytest.approx(
        [0.2, 0.15, 0.1, 0.0, 0.0]
    )
