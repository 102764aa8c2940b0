"""The Dirac-GAN: one real point, one generated point, one slope; plain descent spirals, R1 makes it converge."""

import cmath
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from srgan.adversarial import R1, Sample, make_objective

GAMES = ("minimax", "nonsaturating")


def field(players: Tensor, kind: str, gamma: float) -> Tensor:
    """The direction in which both players go: (generated point theta, slope psi), D(x) = psi x, the real point is 0."""
    theta, psi = players

    def score(points: Tensor, condition: Tensor | None) -> list[Tensor]:
        return [points * psi]

    objective = make_objective({"kind": kind})
    real, fake = torch.zeros(1, 1, dtype=players.dtype), theta.reshape(1, 1)
    (real_score,), (fake_score,) = score(real, None), score(fake, None)
    discriminator = objective.discriminator_loss(real_score, fake_score)
    if gamma:
        discriminator = discriminator + R1(gamma=gamma)(score, Sample(real), Sample(fake))
    generator = objective.generator_loss(fake_score, real_score)
    (to_theta,) = torch.autograd.grad(generator, theta, create_graph=True)
    (to_psi,) = torch.autograd.grad(discriminator, psi, create_graph=True)
    return -torch.stack([to_theta, to_psi])


def distances(kind: str, gamma: float, *, start: float = 1.0, rate: float = 0.2, steps: int = 300) -> list[float]:
    """From the equilibrium (0, 0), along simultaneous gradient descent."""
    players, path = torch.tensor([start, start / 2], dtype=torch.float64), []
    for _ in range(steps):
        path.append(players.norm().item())
        players = (players + rate * field(players.requires_grad_(), kind, gamma)).detach()
    return path


@pytest.mark.parametrize("kind", GAMES)
def test_plain_descent_spirals_outwards(kind: str) -> None:
    path = distances(kind, 0.0, start=0.01, steps=100)
    # Each step multiplies the distance by |1 + i rate / 2|.
    expected = [path[0] * abs(1 + 0.1j) ** step for step in range(100)]
    assert path == pytest.approx(expected, rel=1e-3)


def test_plain_descent_never_comes_back() -> None:
    path = distances("minimax", 0.0)
    assert all(later > before for before, later in pairwise(path))
    # The generator of the other game is slower where it wins: that takes rate r^4 / 8 off r^2 in a step, in the mean
    # over a turn, and holds against the rate^2 / 4 r^2 of the spiral where r^2 = 2 rate.
    circle = distances("nonsaturating", 0.0, start=0.6)[-100:]
    assert sum(circle) / 100 == pytest.approx((2 * 0.2) ** 0.5, rel=0.02)


@pytest.mark.parametrize("kind", GAMES)
@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.0])
def test_r1_makes_it_converge(kind: str, gamma: float) -> None:
    path = distances(kind, gamma)
    assert path[-1] < 1e-3 * path[0]


def eigenvalues(kind: str, gamma: float) -> list[complex]:
    """Of the field's Jacobian at the equilibrium, the lower one first."""
    players = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    rows = [torch.autograd.grad(part, players, retain_graph=True)[0] for part in field(players, kind, gamma)]
    values: list[complex] = torch.linalg.eigvals(torch.stack(rows)).tolist()
    return sorted(values, key=lambda value: (round(value.real, 6), value.imag))


@pytest.mark.parametrize("kind", GAMES)
@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.999, 1.0, 1.001, 2.5])
def test_eigenvalues_at_the_equilibrium(kind: str, gamma: float) -> None:
    root = cmath.sqrt(gamma**2 - 4 * 0.5**2)
    # A double eigenvalue, at the critical strength, is known to the root of the precision only.
    assert eigenvalues(kind, gamma) == pytest.approx(
        [(-gamma - root) / 2, (-gamma + root) / 2], abs=1e-7 if gamma == 1 else 1e-12
    )


@pytest.mark.parametrize("kind", GAMES)
def test_above_the_critical_strength_it_no_longer_circles(kind: str) -> None:
    assert eigenvalues(kind, 0.99)[1].imag > 0.05
    assert [value.imag for value in eigenvalues(kind, 1.01)] == [0.0, 0.0]
