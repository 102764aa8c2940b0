"""Losses on features: their formulas, and where gradients go."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from srgan.features import Vgg19
from srgan.losses import VggLoss, tv
from srgan.losses.perceptual import LpipsLoss, one_minus_cosine
from tests.features.test_features import random_weights


@pytest.fixture
def vgg_file(tmp_path: Path) -> Path:
    path = tmp_path / "vgg19.safetensors"
    save_file(random_weights("vgg19", until=7), path)
    return path


def test_vgg_loss_is_its_formula(vgg_file: Path) -> None:
    fake, real = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    loss = VggLoss(layers={"conv2_1": 0.5, "relu1_2": 2.0}, feature_scale=0.1, weights=vgg_file)
    network = Vgg19(["conv2_1", "relu1_2"], weights=vgg_file)
    ours, theirs = network(fake), network(real)
    expected = sum(
        weight * 0.01 * ((ours[name] - theirs[name]) ** 2).mean()
        for name, weight in (("conv2_1", 0.5), ("relu1_2", 2.0))
    )
    assert loss(fake, real).item() == pytest.approx(float(expected), rel=1e-5)
    assert loss(real, real).item() == 0.0
    one = VggLoss(layers={"relu1_2": 1.0}, criterion="l1", feature_scale=1.0, weights=vgg_file)
    assert one(fake, real).item() == pytest.approx((ours["relu1_2"] - theirs["relu1_2"]).abs().mean().item(), rel=1e-5)


def test_the_cosine_counts_directions_not_lengths(vgg_file: Path) -> None:
    fake, real = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    loss = VggLoss(layers={"relu1_2": 0.5}, criterion="cosine", weights=vgg_file)
    network = Vgg19(["relu1_2"], weights=vgg_file)
    ours, theirs = (F.normalize(network(picture)["relu1_2"], dim=1) for picture in (fake, real))
    # Half of the squared distance of unit vectors: LPIPS with equal weights, up to the factor.
    expected = 0.5 * ((ours - theirs) ** 2).sum(1).mean() / 2
    assert loss(fake, real).item() == pytest.approx(expected.item(), rel=1e-4)
    assert loss(real, real).item() == pytest.approx(0.0, abs=1e-6)
    assert loss.distance(3 * ours, ours).item() == pytest.approx(0.0, abs=1e-6)


def test_the_cosine_has_a_gradient_where_nothing_is_seen() -> None:
    ours = torch.zeros(1, 4, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(one_minus_cosine(ours, torch.rand(1, 4, 2, 2)), ours)
    assert torch.isfinite(gradient).all()


def test_gradients_reach_the_picture_only(vgg_file: Path) -> None:
    fake = torch.rand(1, 3, 16, 16, requires_grad=True)
    loss = VggLoss(layers={"relu2_1": 1.0}, weights=vgg_file)
    loss(fake, torch.rand(1, 3, 16, 16)).backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in loss.parameters())


def test_total_variation_of_a_ramp() -> None:
    ramp = torch.arange(8.0).repeat(1, 3, 8, 1) / 8
    assert tv(ramp, ramp).item() == pytest.approx(1 / 8)
    assert tv(torch.ones(1, 3, 4, 4), ramp).item() == 0.0


@pytest.mark.data
def test_lpips_loss_is_the_mean_distance(data_folder: Path) -> None:
    loss = LpipsLoss(weights=data_folder / "weights" / "alexnet_features.safetensors")
    fake, real = torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64)
    assert loss(fake, real).item() == pytest.approx(loss.network(fake, real).mean().item())
