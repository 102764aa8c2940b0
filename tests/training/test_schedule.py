"""Learning rates and averaged weights by their formulas."""

import pytest
import torch

from srgan.networks import Compact
from srgan.training.ema import Ema
from srgan.training.schedule import warmup_cosine


def test_warmup_and_cosine() -> None:
    rates = [warmup_cosine(step, steps=101, warmup=1, peak=1.0, final=0.2) for step in range(101)]
    assert rates[0] == rates[1] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.2)
    assert rates[1 + 99 // 3] == pytest.approx(0.8, abs=1e-9)
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert warmup_cosine(0, steps=10, warmup=4, peak=1.0, final=0.0) == pytest.approx(0.25)


def test_ema() -> None:
    network = Compact(channels=8, blocks=1)
    ema = Ema(network, 0.75)
    before = network.head.weight.detach().clone()
    with torch.no_grad():
        network.head.weight.add_(1.0)
    ema.update()
    assert torch.allclose(next(iter(ema.network.parameters())), before + 0.25)
