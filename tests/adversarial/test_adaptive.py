"""Adaptive augmentation: what is measured, how fast the probability moves, where it settles."""

from typing import Any

import pytest
import torch

from srgan.adversarial import AdaptiveProbability, overfitting
from srgan.config import check_part
from srgan.errors import UsageError


def test_overfitting_is_the_mean_sign() -> None:
    scores = torch.tensor([2.0, 0.1, -5.0, 0.0])
    assert overfitting([scores]).item() == pytest.approx(0.25)
    assert overfitting([scores + 0.5], undecided=0.5).item() == pytest.approx(0.25)
    # Every scale counts alike, however large its map.
    assert overfitting([torch.ones(2, 1, 8, 8), -torch.ones(2, 1)]).item() == 0.0
    assert not overfitting([scores.requires_grad_()]).requires_grad


def test_half_a_million_pictures_go_from_0_to_1() -> None:
    adaptive = AdaptiveProbability()
    for _ in range(1000):
        adaptive.update(0.9, 250)
    assert adaptive.probability == pytest.approx(0.5)
    adaptive.update(0.6, 250)
    assert adaptive.probability == pytest.approx(0.5)
    for _ in range(200):
        adaptive.update(0.2, 250)
    assert adaptive.probability == pytest.approx(0.4)


def test_the_probability_keeps_between_0_and_its_limit() -> None:
    adaptive = AdaptiveProbability(kimg=0.1, highest=0.7)
    adaptive.update(-1.0, 64)
    assert adaptive.probability == 0.0
    adaptive.update(1.0, 64)
    assert adaptive.probability == pytest.approx(0.64)
    adaptive.update(1.0, 64)
    assert adaptive.probability == 0.7


def test_it_settles_where_the_target_is_met() -> None:
    adaptive = AdaptiveProbability(kimg=1.0)
    for _ in range(100):
        adaptive.update(0.9 - adaptive.probability, 10)
    assert adaptive.probability == pytest.approx(0.3, abs=0.011)


def test_a_checkpoint_holds_it() -> None:
    adaptive, other = AdaptiveProbability(kimg=1.0), AdaptiveProbability(kimg=1.0)
    adaptive.update(1.0, 123)
    other.restore(adaptive.state())
    assert other.probability == adaptive.probability == pytest.approx(0.123)


@pytest.mark.parametrize("options", [{"target": 1.5}, {"kimg": 0}, {"highest": 1.0}, {"hihgest": 0.5}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(options))):
        check_part({"ada": AdaptiveProbability}, {"kind": "ada", **options}, source="run.toml", key="adaptive")
