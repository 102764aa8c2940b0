"""Gradient penalties: known answers, what they average over, and the gradient of the gradient."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.adversarial import PENALTIES, R1, R2, make_penalty, picture_gradient
from srgan.config import check_part
from srgan.errors import UsageError


def linear(pictures: Tensor) -> list[Tensor]:
    """A critic whose gradient is (3, 4) everywhere."""
    return [pictures @ torch.tensor([[3.0], [4.0]])]


def quadratic(pictures: Tensor) -> list[Tensor]:
    """Half the squared norm: its gradient is the picture."""
    return [pictures.square().flatten(1).sum(1, keepdim=True) / 2]


def test_known_answers() -> None:
    real, fake = torch.randn(5, 2), torch.randn(5, 2)
    for kind in ("r1", "r2"):
        assert make_penalty({"kind": kind, "gamma": 3.0})(linear, real, fake).item() == pytest.approx(1.5 * 25)
    assert R1(gamma=2.0)(quadratic, real, fake).item() == pytest.approx(real.square().sum(1).mean().item())
    assert R2(gamma=2.0)(quadratic, real, fake).item() == pytest.approx(fake.square().sum(1).mean().item())
    assert torch.allclose(picture_gradient(quadratic, real), real)


def test_maps_and_scales_are_averaged() -> None:
    pictures = torch.randn(2, 1, 4, 6)

    def score(x: Tensor) -> list[Tensor]:
        # Every place of the fine map sees its own pixel; the coarse one sees all.
        return [5 * x, 2 * x.flatten(1).sum(1, keepdim=True)]

    gradient = picture_gradient(score, pictures)
    assert torch.allclose(gradient, torch.full_like(pictures, (5 / 24 + 2) / 2))
    assert R1(gamma=1.0)(score, pictures, pictures).item() == pytest.approx(0.5 * 24 * ((5 / 24 + 2) / 2) ** 2)


def test_gradient_of_the_penalty_is_right() -> None:
    generator = torch.Generator().manual_seed(3)
    first, second = (
        torch.randn(*shape, dtype=torch.float64, generator=generator, requires_grad=True)
        for shape in ((4, 3, 3, 3), (1, 4, 3, 3))
    )
    real, fake = (torch.rand(2, 3, 6, 6, dtype=torch.float64, generator=generator) for _ in range(2))

    def penalty(first: Tensor, second: Tensor) -> Tensor:
        def score(x: Tensor) -> list[Tensor]:
            return [F.conv2d(torch.tanh(F.conv2d(x, first, stride=2)), second, padding=1)]

        return R1(gamma=1.0)(score, real, fake) + R2(gamma=1.0)(score, real, fake)

    assert torch.autograd.gradcheck(penalty, (first, second))


def test_trains_the_discriminator_and_nothing_else() -> None:
    torch.manual_seed(0)
    first, last = nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(8, 1, 3)
    network = nn.Sequential(first, nn.LeakyReLU(0.2), last)
    real, fake = torch.rand(2, 3, 12, 12), torch.rand(2, 3, 12, 12, requires_grad=True)
    penalty = R2()(lambda x: [network(x)], real, fake)
    penalty.backward()  # type: ignore[no-untyped-call]
    assert fake.grad is None
    assert real.grad is None
    for convolution in (first, last):
        assert convolution.weight.grad is not None
        assert convolution.weight.grad.abs().sum() > 0
    torch.optim.SGD(network.parameters(), lr=0.01).step()
    assert R2()(lambda x: [network(x)], real, fake) < penalty


def test_half_precision_around_it_changes_nothing() -> None:
    torch.manual_seed(0)
    network = nn.Conv2d(3, 1, 3)
    pictures = torch.rand(2, 3, 8, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(pictures).flatten(1).mean(1).sum(), pictures)
    alone = R1().gamma / 2 * gradient.square().sum() / 2
    with torch.autocast("cpu", torch.bfloat16):
        assert network(pictures).dtype == torch.bfloat16
        inside = R1()(lambda x: [network(x)], pictures.bfloat16().float(), pictures)
        from_half = R1()(lambda x: [network(x)], pictures.bfloat16(), pictures)
    assert inside.dtype == from_half.dtype == torch.float32
    # The critic is linear, so the pictures do not matter.
    assert inside.item() == pytest.approx(alone.item(), rel=1e-6)
    assert from_half.item() == pytest.approx(alone.item(), rel=1e-6)


@pytest.mark.parametrize("kind", sorted(PENALTIES))
def test_made_from_a_checked_table(kind: str) -> None:
    options = check_part(PENALTIES, {"kind": kind}, source="run.toml", key="penalty[0]")
    assert make_penalty({"kind": kind, **options}) == PENALTIES[kind]()


@pytest.mark.parametrize("table", [{"kind": "r1", "gamma": 0.0}, {"kind": "r1", "gama": 1.0}, {"kind": "r3"}])
def test_wrong_tables_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"penalty\[0\]"):
        check_part(PENALTIES, table, source="run.toml", key="penalty[0]")
