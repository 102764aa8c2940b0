"""LDL: a map by hand and by the definition, and what the loss lets through."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.losses import LOSSES, LdlLoss


@pytest.fixture
def pictures() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(4)
    fake, real, average = (torch.rand(2, 3, 12, 16, generator=generator) for _ in range(3))
    return fake, real, average


def test_no_error_no_loss(pictures: tuple[Tensor, Tensor, Tensor]) -> None:
    fake, real, average = pictures
    loss = LdlLoss()
    fake.requires_grad_()
    assert loss(real, real, average).item() == 0.0
    # Perfect for one picture of the batch: the gradient is still finite.
    value = loss(torch.cat([fake, real]), torch.cat([real, real]), torch.cat([average, average]))
    assert torch.autograd.grad(value, fake)[0].isfinite().all()


def test_one_wrong_pixel_by_hand() -> None:
    # 9 x 9, window 3: an error of 0.25 in two channels (sum 0.5) at the centre.
    real = torch.zeros(1, 3, 9, 9)
    fake = real.clone()
    fake[:, :2, 4, 4] = 0.25
    loss = LdlLoss(window=3)
    whole = (0.5**2 / 81 - (0.5 / 81) ** 2) * 81 / 80
    near = (0.5**2 / 9 - (0.5 / 9) ** 2) * 9 / 8
    expected = torch.zeros(1, 1, 9, 9)
    expected[..., 3:6, 3:6] = whole**0.2 * near
    for average in (real, fake):  # a better one, and one that is as good
        assert torch.allclose(loss.map(fake, real, average), expected, rtol=1e-5)
        assert loss(fake, real, average).item() == pytest.approx(whole**0.2 * near * 2 * 0.25 / 243, rel=1e-5)
    # The centre of a worse average: no artefact there, and the neighbours are right anyway.
    expected[..., 4, 4] = 0
    assert torch.allclose(loss.map(fake, real, 2 * fake), expected, rtol=1e-5)
    assert loss(fake, real, 2 * fake).item() == 0.0


def test_map_is_its_definition(pictures: tuple[Tensor, Tensor, Tensor]) -> None:
    fake, real, average = pictures
    error, stable = ((real - picture).abs().sum(1, keepdim=True) for picture in (fake, average))
    windows = F.pad(error, (3, 3, 3, 3), mode="reflect").unfold(2, 7, 1).unfold(3, 7, 1)
    expected = windows.var(dim=(-2, -1)) * error.var(dim=(1, 2, 3), keepdim=True) ** 0.2
    expected[error < stable] = 0
    artefacts = LdlLoss().map(fake, real, average)
    assert 0.2 < (artefacts == 0).float().mean() < 0.8
    assert torch.allclose(artefacts, expected, rtol=1e-5)


def test_small_variances_of_large_errors_are_exact() -> None:
    error = 0.5 + 1e-3 * torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(6))
    artefacts = LdlLoss().map(error, torch.zeros_like(error), error)
    windows = F.pad(error, (3, 3, 3, 3), mode="reflect").unfold(2, 7, 1).unfold(3, 7, 1)
    assert torch.allclose(artefacts, windows.var(dim=(-2, -1)) * error.var() ** 0.2, rtol=1e-4, atol=0)


def test_closer_than_the_average_is_let_alone(pictures: tuple[Tensor, Tensor, Tensor]) -> None:
    fake, real, _ = pictures
    worse = real + 2 * (fake - real)
    assert LdlLoss()(fake, real, worse).item() == 0.0
    assert LdlLoss()(worse, real, fake).item() > 0.0


def test_the_map_is_a_constant_to_the_gradient(pictures: tuple[Tensor, Tensor, Tensor]) -> None:
    fake, real, average = pictures
    for picture in pictures:
        picture.requires_grad_()
    loss = LdlLoss()
    gradient, to_average = torch.autograd.grad(loss(fake, real, average), (fake, average), allow_unused=True)
    expected = loss.map(fake, real, average) * torch.sign(fake - real) / fake.numel()
    assert torch.allclose(gradient, expected.detach())
    assert to_average is None


def test_registered_and_asks_for_the_average() -> None:
    assert LOSSES["ldl"] is LdlLoss
    assert LdlLoss.needs_average
