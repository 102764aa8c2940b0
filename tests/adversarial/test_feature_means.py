"""Feature matching in the mean: only averages over the batch count, over all processes."""

import pytest
import torch
from torch import Tensor

from srgan.adversarial import feature_means


def test_known_answer() -> None:
    ours = [torch.tensor([[0.0, 4.0], [2.0, 0.0]]), torch.zeros(2, 1, 2, 2)]
    theirs = [torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]), torch.full((3, 1, 2, 2), 3.0)]
    # Means (1, 2) and (1, 0): a mean square of 2. The maps: 9.
    assert feature_means(ours, theirs).item() == pytest.approx((2.0 + 9.0) / 2)
    assert feature_means([ours[0].flip(0)], [ours[0]]).item() == 0.0


def test_gradients_reach_the_generator_only() -> None:
    ours, theirs = (torch.randn(4, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    gradient, to_real = torch.autograd.grad(feature_means([ours], [theirs]), (ours, theirs), allow_unused=True)
    assert to_real is None
    difference = (ours.mean(0) - theirs.mean(0)).detach()
    assert torch.allclose(gradient, (2 * difference / 3 / 4).expand(4, 3), rtol=1e-12)


def test_half_precision_is_averaged_in_full() -> None:
    maps = torch.full((64, 1), 0.1, dtype=torch.bfloat16)
    loss = feature_means([maps], [torch.zeros_like(maps)])
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(maps[0, 0].item() ** 2, rel=1e-6)


def test_the_means_are_those_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = (torch.randn(8, 3, dtype=torch.float64) for _ in range(2))
    whole = feature_means([ours], [theirs]).item()
    elsewhere = [ours[4:].mean(0), theirs[4:].mean(0)]

    def exchanged(mean: Tensor) -> Tensor:
        return (mean + elsewhere.pop(0)) / 2

    monkeypatch.setitem(feature_means.__globals__, "process_mean", exchanged)
    assert feature_means([ours[:4]], [theirs[:4]]).item() == pytest.approx(whole, rel=1e-12)


def test_layers_must_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        feature_means([torch.zeros(1, 1), torch.zeros(1, 1)], [torch.zeros(1, 1)])
