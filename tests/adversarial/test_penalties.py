"""Gradient penalties: known answers, what they average over, and the gradient of the gradient."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.adversarial import (
    PENALTIES,
    R1,
    R2,
    Dragan,
    GradientPenalty,
    MatchingAware,
    Penalty,
    Sample,
    WassersteinDivergence,
    make_penalty,
    picture_gradient,
)
from srgan.config import check_part
from srgan.errors import UsageError

every_penalty = pytest.mark.parametrize("kind", sorted(PENALTIES))


def linear(pictures: Tensor, condition: Tensor | None) -> list[Tensor]:
    """A critic whose gradient is (3, 4) everywhere."""
    return [pictures @ torch.tensor([[3.0], [4.0]])]


def quadratic(pictures: Tensor, condition: Tensor | None) -> list[Tensor]:
    """Half the squared norm: its gradient is the picture."""
    return [pictures.square().flatten(1).sum(1, keepdim=True) / 2]


def pair(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
    """Gradient 3 with respect to the picture (of one number), 4 with respect to the condition."""
    assert condition is not None
    return [3 * picture + 4 * condition]


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (GradientPenalty(strength=1.0), 16.0),
        (GradientPenalty(), 160.0),
        (GradientPenalty(target=5.0), 0.0),
        (Dragan(), 160.0),
        (Dragan(strength=1.0, target=2.0), 9.0),
        (WassersteinDivergence(), 31250.0),
        (WassersteinDivergence(strength=1.0, power=3.0), 125.0),
        (R1(gamma=3.0), 1.5 * 25),
        (R2(gamma=3.0), 1.5 * 25),
    ],
)
def test_of_a_plane(penalty: Penalty, expected: float) -> None:
    real, fake = Sample(torch.randn(5, 2)), Sample(torch.randn(5, 2))
    assert penalty(linear, real, fake).item() == pytest.approx(expected, abs=1e-5)


def test_matching_has_a_gradient_in_picture_and_condition() -> None:
    real, fake = (Sample(torch.randn(5, 1), torch.randn(5, 1)) for _ in range(2))
    assert MatchingAware()(pair, real, fake).item() == pytest.approx(31250.0)
    assert MatchingAware(strength=1.0, power=2.0)(pair, real, fake).item() == pytest.approx(25.0)
    # A condition is any shape; the length is that of all numbers together.
    maps = Sample(torch.randn(4, 3, 2, 2), torch.randn(4, 5))

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        assert condition is not None
        return [picture.flatten(1).square().sum(1) / 2 + condition.square().sum(1) / 2]

    lengths = torch.cat([maps.picture.flatten(1), maps.condition], 1).norm(dim=1)  # type: ignore[list-item]
    value = MatchingAware(strength=1.0, power=3.0)(score, maps, maps)
    assert value.item() == pytest.approx((lengths**3).mean().item())
    with pytest.raises(ValueError, match="needs a discriminator with a condition"):
        MatchingAware()(linear, Sample(torch.randn(5, 2)), fake)


def test_where_they_look() -> None:
    # Of the quadratic critic the length of the gradient is that of the picture.
    real, fake = Sample(3 * torch.randn(5, 2)), Sample(torch.randn(5, 2))
    assert R1(gamma=2.0)(quadratic, real, fake).item() == pytest.approx(real.picture.square().sum(1).mean().item())
    assert R2(gamma=2.0)(quadratic, real, fake).item() == pytest.approx(fake.picture.square().sum(1).mean().item())
    assert torch.allclose(picture_gradient(quadratic, real.picture), real.picture)
    value = WassersteinDivergence(strength=2.0, power=4.0)(quadratic, real, fake)
    assert value.item() == pytest.approx(sum((x.picture.norm(dim=1) ** 4).mean().item() for x in (real, fake)))


def test_between_real_and_fake_with_one_share_a_pair() -> None:
    torch.manual_seed(0)
    seen: list[tuple[Tensor, Tensor | None]] = []

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        seen.append((picture.detach(), condition))
        return [picture.flatten(1).sum(1)]

    ones, zeros = torch.ones(500, 3, 2, 2), torch.zeros(500, 3, 2, 2)
    real, fake = Sample(ones, torch.ones(500, 4)), Sample(zeros, torch.zeros(500, 4))
    GradientPenalty()(score, real, fake)
    picture, condition = seen.pop()
    assert condition is not None
    share = picture[:, 0, 0, 0]
    assert torch.equal(picture, share.reshape(-1, 1, 1, 1).expand_as(picture))
    assert torch.equal(condition, share[:, None].expand_as(condition))
    assert share.min() >= 0
    assert share.max() <= 1
    assert share.mean().item() == pytest.approx(0.5, abs=0.05)
    assert share.var().item() == pytest.approx(1 / 12, abs=0.02)
    # The same condition on both sides stays exactly what it is, as does none.
    classes = F.one_hot(torch.arange(500) % 7).float()
    GradientPenalty()(score, Sample(ones, classes), Sample(zeros, classes))
    assert torch.equal(seen.pop()[1], classes)  # type: ignore[arg-type]
    GradientPenalty()(score, Sample(ones), Sample(zeros))
    assert seen.pop()[1] is None


def test_around_real_pictures_the_noise_has_their_scale() -> None:
    torch.manual_seed(0)
    seen: list[Tensor] = []

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        seen.append(picture.detach())
        return [picture.flatten(1).sum(1)]

    real = Sample(torch.rand(400, 3, 4, 4))
    for scale in (1.0, 10.0):
        Dragan(noise=0.5)(score, Sample(scale * real.picture), real)
        moved = (seen.pop() / scale - real.picture) / real.picture.std()
        assert moved.min() >= -1e-5
        assert moved.max() <= 0.5 + 1e-5
        # Half of the span times two uniform numbers, one a picture and one of its own.
        assert moved.mean().item() == pytest.approx(0.125, abs=0.01)
        means = moved.flatten(1).mean(1)
        assert means.var().item() == pytest.approx(0.25**2 / 12, rel=0.3)


@every_penalty
def test_only_the_slope_counts(kind: str) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    sides = [Sample(torch.rand(4, 3), torch.rand(4, 3)) for _ in range(2)]

    def value(level: float) -> float:
        torch.manual_seed(1)

        def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
            assert condition is not None
            return [network(torch.cat([picture, condition], 1)) + level]

        return make_penalty({"kind": kind})(score, *sides).item()

    assert value(0.0) == value(100.0)


def test_maps_and_scales_are_averaged() -> None:
    pictures = torch.randn(2, 1, 4, 6)

    def score(x: Tensor, _: Tensor | None) -> list[Tensor]:
        # Every place of the fine map sees its own pixel; the coarse one sees all.
        return [5 * x, 2 * x.flatten(1).sum(1, keepdim=True)]

    gradient = picture_gradient(score, pictures)
    assert torch.allclose(gradient, torch.full_like(pictures, (5 / 24 + 2) / 2))
    value = R1(gamma=1.0)(score, Sample(pictures), Sample(pictures))
    assert value.item() == pytest.approx(0.5 * 24 * ((5 / 24 + 2) / 2) ** 2)


@every_penalty
def test_gradient_of_the_penalty_is_right(kind: str) -> None:
    generator = torch.Generator().manual_seed(3)
    first, second, matrix = (
        torch.randn(*shape, dtype=torch.float64, generator=generator, requires_grad=True)
        for shape in ((4, 3, 3, 3), (1, 4, 3, 3), (4, 2))
    )
    real, fake = (
        Sample(*(torch.rand(2, *shape, dtype=torch.float64, generator=generator) for shape in ((3, 6, 6), (2,))))
        for _ in range(2)
    )

    def penalty(first: Tensor, second: Tensor, matrix: Tensor) -> Tensor:
        def score(x: Tensor, condition: Tensor | None) -> list[Tensor]:
            assert condition is not None
            shift = (condition @ matrix.T)[:, :, None, None]
            return [F.conv2d(torch.tanh(F.conv2d(x, first, stride=2) + shift), second, padding=1)]

        torch.manual_seed(0)
        return make_penalty({"kind": kind})(score, real, fake)

    assert torch.autograd.gradcheck(penalty, (first, second, matrix))


@every_penalty
def test_a_flat_critic_is_no_trouble(kind: str) -> None:
    # Where the gradient is 0 its length has no derivative; NaN there would be the end of a training.
    weight = torch.zeros(2, 1, requires_grad=True)
    sides = [Sample(torch.randn(5, 1), torch.randn(5, 1)) for _ in range(2)]

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        assert condition is not None
        return [torch.cat([picture, condition], 1) @ weight]

    value = make_penalty({"kind": kind})(score, *sides)
    assert value.item() == (10.0 if kind in ("dragan", "gp") else 0.0)
    (slope,) = torch.autograd.grad(value, weight, create_graph=True)
    assert slope.isfinite().all()
    # Unrolled steps are differentiated once more.
    assert torch.autograd.grad(slope.sum(), weight)[0].isfinite().all()


@every_penalty
def test_trains_the_discriminator_and_nothing_else(kind: str) -> None:
    torch.manual_seed(0)
    first, embed, last = nn.Conv2d(3, 8, 3, stride=2), nn.Linear(4, 8), nn.Conv2d(8, 1, 3)
    sides = [
        Sample(torch.rand(2, 3, 12, 12, requires_grad=True), torch.rand(2, 4, requires_grad=True)) for _ in range(2)
    ]

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        assert condition is not None
        return [last(F.leaky_relu(10 * first(picture) + embed(condition)[:, :, None, None], 0.2))]

    def penalty() -> Tensor:
        torch.manual_seed(1)
        return make_penalty({"kind": kind})(score, *sides)

    before = penalty()
    before.backward()  # type: ignore[no-untyped-call]
    assert all(part.grad is None for side in sides for part in side if part is not None)
    for convolution in (first, last):
        assert convolution.weight.grad is not None
        assert convolution.weight.grad.abs().sum() > 0
    torch.optim.SGD([*first.parameters(), *last.parameters()], lr=1e-3).step()
    assert penalty() < before


@every_penalty
def test_half_precision_around_it_changes_nothing(kind: str) -> None:
    torch.manual_seed(0)
    network = nn.Conv2d(4, 1, 3)

    def score(picture: Tensor, condition: Tensor | None) -> list[Tensor]:
        assert condition is not None
        return [network(torch.cat([picture, condition], 1))]

    real, fake = (Sample(torch.rand(2, 3, 8, 8), torch.rand(2, 1, 8, 8)) for _ in range(2))
    alone = make_penalty({"kind": kind})(score, real, fake)
    with torch.autocast("cpu", torch.bfloat16):
        assert score(*real)[0].dtype == torch.bfloat16
        inside = make_penalty({"kind": kind})(score, real, fake)
        halves = [Sample(side.picture.bfloat16(), side.condition.bfloat16()) for side in (real, fake)]  # type: ignore[union-attr]
        from_half = make_penalty({"kind": kind})(score, *halves)
    assert inside.dtype == from_half.dtype == torch.float32
    # The critic is linear, so the pictures do not matter.
    assert inside.item() == pytest.approx(alone.item(), rel=1e-6)
    assert from_half.item() == pytest.approx(alone.item(), rel=1e-6)


@every_penalty
def test_made_from_a_checked_table(kind: str) -> None:
    options = check_part(PENALTIES, {"kind": kind}, source="run.toml", key="penalty[0]")
    assert make_penalty({"kind": kind, **options}) == PENALTIES[kind]()


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "r1", "gamma": 0.0},
        {"kind": "r1", "gama": 1.0},
        {"kind": "div", "power": 1.0},
        {"kind": "gp", "target": -1.0},
        {"kind": "r3"},
    ],
)
def test_wrong_tables_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"penalty\[0\]"):
        check_part(PENALTIES, table, source="run.toml", key="penalty[0]")
