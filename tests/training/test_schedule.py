"""Learning rates and averaged weights by their formulas."""

import pytest
import torch

from srgan.networks import Compact, Dcgan
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


def test_statistics_are_averaged_and_other_buffers_copied() -> None:
    """Weights that are an average do not suit the statistics of the latest ones; a kept batch is not a mean of two."""
    network = Dcgan(size=8, width=4, latent=4)
    network.register_buffer("kept", torch.zeros(3))
    ema = Ema(network, 0.75)
    norm = network.norms[0]
    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.num_batches_tracked is not None
    norm.running_mean.fill_(4.0)
    norm.num_batches_tracked.fill_(9)
    network.get_buffer("kept").fill_(2.0)
    ema.update()
    # Few batches were seen: 9 / (10 + 9) of it is new. Later it is the decay that counts.
    assert torch.allclose(ema.network.get_buffer("norms.0.running_mean"), torch.tensor(4.0 * 9 / 19))
    assert ema.network.get_buffer("norms.0.num_batches_tracked") == 9
    assert torch.equal(ema.network.get_buffer("kept"), torch.full((3,), 2.0))
    norm.num_batches_tracked.fill_(1000)
    norm.running_mean.zero_()
    ema.update()
    assert torch.allclose(ema.network.get_buffer("norms.0.running_mean"), torch.tensor(0.75 * 4.0 * 9 / 19))
