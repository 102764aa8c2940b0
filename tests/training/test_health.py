"""Health of a game: what is measured, and what is said about it."""

import math
from dataclasses import replace

import pytest
import torch

from srgan.training.health import Health, diagnose, picture_health

GOOD = Health(
    advantage=0.71, discriminator_loss=1.1, real_score=0.4, fake_score=-0.5, diversity=0.98, detail=0.9,
    game_share=0.3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "GAN: balanced (the discriminator is right in 71 % of places)"),
        ({"rested": 0.12}, "right in 71 % of places; it rested in 12 % of the steps)"),
        ({"detail": 0.4}, "of places); outputs are still smooth (40 % of the real detail)"),
        ({"fake_score": math.nan, "detail": math.inf}, "GAN: not finite (fake_score nan, detail inf): lower train.lr"),
        ({"diversity": 0.08}, "GAN: collapsed: the outputs hardly differ from each other (8 % of what real"),
        (
            {"real_score": 41.3, "fake_score": -38.0, "discriminator_loss": 1e-9, "advantage": 1.0},
            "GAN: saturated: scores are at +41.3 for real and -38 for generated pictures",
        ),
        ({"advantage": 0.996}, "GAN: the discriminator is too strong (99.6 % right): lower adversarial.lr, add r1"),
        ({"advantage": 0.98, "rested": 0.8}, "too strong (98 % right) although it rested in 80 % of the steps"),
        ({"advantage": 0.5}, "GAN: the discriminator cannot tell real from generated (50 % right): give it time"),
        ({"advantage": 0.3}, "GAN: the discriminator is fooled (30 % right)"),
        ({"game_share": 0.003}, "hardly moves the generator (0.3 % of its gradient): raise"),
        ({"detail": 1.84}, "GAN: too much detail: the outputs have 1.8 times the fine detail of real pictures"),
    ],
)
def test_every_state_has_its_words(changes: dict[str, float], said: str) -> None:
    line = diagnose(replace(GOOD, **changes))
    assert said in line
    assert line.startswith("GAN: ")
    assert "\n" not in line


def test_what_was_not_measured_is_not_judged() -> None:
    bare = Health(advantage=0.7, real_score=40, fake_score=-40)
    assert diagnose(bare) == "GAN: balanced (the discriminator is right in 70 % of places)"
    assert "hardly" not in diagnose(bare)
    assert "saturated" in diagnose(replace(bare, discriminator_loss=0.0))


def test_far_scores_of_a_critic_are_not_saturation() -> None:
    critic = replace(GOOD, real_score=60.0, fake_score=-10.0, discriminator_loss=-70.0, advantage=0.9)
    assert "balanced" in diagnose(critic)


def test_the_worst_is_said_first() -> None:
    assert "collapsed" in diagnose(replace(GOOD, diversity=0.1, advantage=0.999, detail=3.0))
    assert "too strong" in diagnose(replace(GOOD, advantage=0.999, detail=3.0))


def test_ratios_of_pictures() -> None:
    random = torch.Generator().manual_seed(2)
    real = torch.rand(6, 3, 20, 24, generator=random)
    mean = real.mean(0, keepdim=True)
    same = picture_health(real, real)
    assert same == {"detail": 1.0, "diversity": 1.0}
    half = picture_health(mean + 0.5 * (real - mean), real)
    assert half["diversity"].item() == pytest.approx(0.5, abs=1e-3)
    assert picture_health(mean.expand_as(real), real)["diversity"].item() < 0.01
    assert picture_health(1.8 * real, real)["detail"].item() == pytest.approx(1.8, abs=1e-3)
    flat = torch.full_like(real, 0.5)
    assert picture_health(flat, real)["detail"].item() < 0.01
    assert picture_health(flat, flat) == {"detail": 1.0, "diversity": 1.0}
    assert picture_health(real[:1], real[:1]).keys() == {"detail"}


def test_detail_by_hand() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8) / 10
    bent = ramp**2  # second differences along x are 2 / 100, along y 0
    ratio = picture_health(bent, ramp)["detail"].item()
    assert ratio == pytest.approx((0.02 + 1e-4) / 1e-4, rel=1e-2)
    assert picture_health(bent.mT, ramp)["detail"].item() == pytest.approx(ratio, rel=1e-4)
    assert not picture_health(bent.requires_grad_(), ramp)["detail"].requires_grad
