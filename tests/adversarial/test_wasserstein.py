"""The Wasserstein game: between two points, between Gaussians, and against the game that saturates."""

import math

import pytest
import torch
from torch import Tensor, nn

from srgan.adversarial import (
    GradientPenalty,
    Minimax,
    Objective,
    Penalty,
    Sample,
    Score,
    Wasserstein,
    WassersteinDivergence,
)
from tests.adversarial.gaussians import critic, descend


def point(at: float) -> Tensor:
    """A batch of one."""
    return torch.full((1, 1), at, dtype=torch.float64)


def line(slope: Tensor) -> Score:
    return lambda x, _: [slope * x]


def penalised(score: Score, penalty: Penalty, real: Tensor, fake: Tensor) -> Tensor:
    """What the critic minimises."""
    (for_real,), (for_fake,) = score(real, None), score(fake, None)
    return Wasserstein().discriminator_loss(for_real, for_fake) + penalty(score, Sample(real), Sample(fake))


@pytest.mark.parametrize(
    ("penalty", "apart", "slope", "value"),
    [
        # 1 + L / (2 lambda), and a gap of L + L^2 / (2 lambda): WGAN-GP overestimates the distance L.
        (GradientPenalty(strength=10.0), 1.0, 1.05, None),
        (GradientPenalty(strength=0.1), 1.0, 6.0, None),
        (GradientPenalty(strength=10.0), 10.0, 1.5, None),
        # With another target all scores are in other units: t L (1 + L / (2 lambda t)).
        (GradientPenalty(strength=10.0, target=2.0), 1.0, 2.05, None),
        # (L / (k p))^(1 / (p - 1))
        (WassersteinDivergence(), 1.0, 0.608364, 0.506970),
        (WassersteinDivergence(), 2.0, 0.698827, 1.164712),
        # L, and the value L^2 / 2
        (WassersteinDivergence(strength=0.5, power=2.0), 3.0, 3.0, 4.5),
    ],
)
def test_two_points_and_a_line(penalty: Penalty, apart: float, slope: float, value: float | None) -> None:
    weight = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    real, fake = point(apart), point(0.0)
    loss = descend(lambda: penalised(line(weight), penalty, real, fake), [weight], steps=100)
    assert weight.item() == pytest.approx(slope, abs=1e-6)
    if value is not None:
        assert -loss == pytest.approx(value, abs=1e-6)
    if isinstance(penalty, GradientPenalty):
        gap = -Wasserstein().discriminator_loss(weight * real, weight * fake)
        assert gap.item() == pytest.approx(penalty.target * apart + apart**2 / (2 * penalty.strength), abs=1e-5)


@pytest.mark.parametrize("mean", [1.0, 3.0])
def test_the_distance_of_gaussians(mean: float) -> None:
    # W1 of N(0, 1) and N(mean, 1) is the mean.
    torch.manual_seed(0)
    network, steps = critic(32), 250
    penalty = GradientPenalty(strength=10.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3, betas=(0.5, 0.9))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)

    def score(x: Tensor, _: Tensor | None) -> list[Tensor]:
        return [network(x)]

    # On a line the penalty has a second valley, at slope -1, and no way round: the critic begins on the right side.
    with torch.no_grad():
        if network(point(mean)) > network(point(0.0)):
            list(network.parameters())[-2].neg_()
    for _ in range(steps):
        real, fake = (torch.randn(512, 1, dtype=torch.float64) for _ in range(2))
        optimiser.zero_grad()
        penalised(score, penalty, real, fake + mean).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        real, fake = (network(shift + torch.randn(100_000, 1, dtype=torch.float64)) for shift in (0.0, mean))
    gap = -Wasserstein().discriminator_loss(real, fake).item()
    assert gap / (1 + mean / (2 * penalty.strength)) == pytest.approx(mean, rel=0.05)
    assert gap > mean  # which is why it is corrected


def test_far_apart_only_one_of_two_games_has_a_gradient() -> None:
    # Points at 0 and 10. A line, its weight clipped to 1, for one critic; the same line and a level for the other.
    real, fake = point(10.0), point(0.0)

    def train(objective: Objective, steps: int) -> tuple[float, float]:
        """The discriminator's loss and the generator's gradient."""
        network = nn.Linear(1, 1).double()
        with torch.no_grad():
            network.weight.fill_(0.1)
            network.bias.fill_(-0.5)
        optimiser = torch.optim.RMSprop(network.parameters(), lr=0.05)
        for _ in range(steps):
            optimiser.zero_grad()
            objective.discriminator_loss(network(real), network(fake)).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            objective.project(network)
        loss = objective.discriminator_loss(network(real), network(fake)).item()
        at = fake.clone().requires_grad_()
        (pull,) = torch.autograd.grad(objective.generator_loss(network(at), network(real).detach()), at)
        return loss, pull.item()

    loss, pull = train(Wasserstein(clip=1.0), 50)
    assert -loss == pytest.approx(10.0)
    assert pull == pytest.approx(-1.0)
    loss, pull = train(Minimax(), 600)
    assert (math.log(4) - loss) / 2 == pytest.approx(math.log(2), abs=1e-3)
    assert abs(pull) < 2e-3


def test_clipping_bounds_every_parameter() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3))
    before = [parameter.clone() for parameter in network.parameters()]
    Wasserstein(clip=0.01).project(network)
    for parameter, old in zip(network.parameters(), before, strict=True):
        assert torch.equal(parameter, old.clamp(-0.01, 0.01))
        assert parameter.requires_grad
        assert parameter.grad_fn is None


@pytest.mark.parametrize("relativistic", ["average", "paired"])
def test_relativistic_is_twice_the_same(relativistic: str) -> None:
    generator = torch.Generator().manual_seed(3)
    plain, compared = Wasserstein(), Wasserstein(relativistic=relativistic)  # type: ignore[arg-type]
    for size in (1e-2, 1.0, 1e3):
        real, fake = (
            (size * torch.randn(4, 1, 3, 5, dtype=torch.float64, generator=generator)).requires_grad_()
            for _ in range(2)
        )
        once, twice = plain.discriminator_loss(real, fake), compared.discriminator_loss(real, fake)
        assert twice.item() == pytest.approx(2 * once.item(), rel=1e-9)
        for one, two in zip(*(torch.autograd.grad(loss, (real, fake)) for loss in (once, twice)), strict=True):
            assert torch.allclose(two, 2 * one, rtol=1e-12)
        gradients = [
            torch.autograd.grad(game.generator_loss(fake, real.detach()), fake)[0] for game in (plain, compared)
        ]
        assert torch.allclose(gradients[1], 2 * gradients[0], rtol=1e-12)
