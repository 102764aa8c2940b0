"""Weights of others into a network: taken over as far as they fit."""

import pytest
import torch
from torch import nn

from srgan.errors import UsageError
from srgan.networks import Compact
from srgan.networks.partial import load_partly


def test_everything_fits() -> None:
    source, target = Compact(channels=8, blocks=1), Compact(channels=8, blocks=1)
    report = load_partly(target, source.state_dict())
    assert report.complete
    assert str(report) == "10 of 10 tensors loaded"
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), target.parameters(), strict=True))


def test_what_does_not_fit_is_left_and_named() -> None:
    source, target = Compact(scale=2, channels=8, blocks=2), Compact(scale=4, channels=8, blocks=3)
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    report = load_partly(target, {**source.state_dict(), "new\nname": torch.ones(1)})
    assert not report.complete
    assert report.missing == tuple(
        f"body.2.{layer}.{kind}" for layer in ("first", "second") for kind in ("weight", "bias")
    )
    assert report.mismatched == {"tail.weight": ((12, 8, 3, 3), (48, 8, 3, 3)), "tail.bias": ((12,), (48,))}
    assert report.unexpected == ("new\nname",)
    assert str(report) == (
        "12 of 18 tensors loaded; "
        "not in the file: body.2.first.weight, body.2.first.bias, body.2.second.weight (1 more); "
        "other shape: tail.weight (12x8x3x3 in the file, 48x8x3x3 here), tail.bias (12 in the file, 48 here); "
        "not used: 'new\\nname'"
    )
    for name, tensor in target.state_dict().items():
        assert torch.equal(tensor, source.state_dict()[name] if name in report.loaded else before[name]), name


def test_nothing_fits() -> None:
    target = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    before = [parameter.clone() for parameter in target.parameters()]
    weights = {"head.weight": torch.ones(1), "1.num_batches_tracked": torch.tensor(9)}
    with pytest.raises(UsageError, match=r"none of the weights fits this network: 1 of 7 .*; not used: head\.weight"):
        load_partly(target, weights)
    assert all(torch.equal(a, b) for a, b in zip(before, target.parameters(), strict=True))
