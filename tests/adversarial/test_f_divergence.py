"""f-GAN: the table against the textbook's functions, and divergences of Gaussians to six digits."""

import math
from collections.abc import Callable
from typing import NamedTuple, get_args

import pytest
import torch
from torch import Tensor

from srgan.adversarial import Divergence, FGan, Minimax, NonSaturating
from tests.adversarial.gaussians import GRID, Gaussian, critic, descend

P, SHIFTED, WIDE = Gaussian(0.0, 1.0), Gaussian(1.0, 1.0), Gaussian(0.0, 2.0)
LN2 = math.log(2)


class Textbook(NamedTuple):
    """Nowozin et al. 2016, Tables 1, 2 and 6, as they stand there, and what the optimum is made of.

    best: the optimal T = f'(p / q), of log(p / q).
    score: the v that the activation makes T of, of log(p / q).
    shifted: the divergence of N(0, 1) and N(1, 1).
    wide: of N(0, 1) and N(0, 4).
    """

    f: Callable[[Tensor], Tensor]
    activation: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    best: Callable[[Tensor], Tensor]
    score: Callable[[Tensor], Tensor]
    shifted: float
    wide: float


TEXTBOOK: dict[Divergence, Textbook] = {
    "kl": Textbook(
        f=lambda u: torch.xlogy(u, u),
        activation=lambda v: v,
        conjugate=lambda t: torch.exp(t - 1),
        best=lambda r: 1 + r,
        score=lambda r: 1 + r,
        shifted=0.500000,
        wide=0.318147,
    ),
    "reverse_kl": Textbook(
        f=lambda u: -torch.log(u),
        activation=lambda v: -torch.exp(-v),
        conjugate=lambda t: -1 - torch.log(-t),
        best=lambda r: -torch.exp(-r),
        score=lambda r: r,
        shifted=0.500000,
        wide=0.806853,
    ),
    "pearson": Textbook(
        f=lambda u: (u - 1) ** 2,
        activation=lambda v: v,
        conjugate=lambda t: t**2 / 4 + t,
        best=lambda r: 2 * (torch.exp(r) - 1),
        score=lambda r: 2 * (torch.exp(r) - 1),
        shifted=1.718282,
        wide=0.511858,
    ),
    "hellinger": Textbook(
        f=lambda u: (u.sqrt() - 1) ** 2,
        activation=lambda v: 1 - torch.exp(-v),
        conjugate=lambda t: t / (1 - t),
        best=lambda r: 1 - torch.exp(-r / 2),
        score=lambda r: r / 2,
        shifted=0.235006,
        wide=0.211146,
    ),
    "js": Textbook(
        f=lambda u: -(u + 1) * torch.log((1 + u) / 2) + torch.xlogy(u, u),
        activation=lambda v: LN2 - torch.log(1 + torch.exp(-v)),
        conjugate=lambda t: -torch.log(2 - torch.exp(t)),
        best=lambda r: torch.log(2 * torch.sigmoid(r)),
        score=lambda r: r,
        shifted=0.222843,
        wide=0.185467,
    ),
    "gan": Textbook(
        f=lambda u: torch.xlogy(u, u) - (u + 1) * torch.log(u + 1),
        activation=lambda v: -torch.log(1 + torch.exp(-v)),
        conjugate=lambda t: -torch.log(1 - torch.exp(t)),
        best=lambda r: torch.log(torch.sigmoid(r)),
        score=lambda r: r,
        shifted=-1.163451,
        wide=-1.200828,
    ),
}
every_divergence = pytest.mark.parametrize("name", get_args(Divergence))
every_pair = pytest.mark.parametrize("fake", [SHIFTED, WIDE], ids=["shifted", "wide"])


def truth(name: Divergence, fake: Gaussian) -> float:
    return TEXTBOOK[name].shifted if fake is SHIFTED else TEXTBOOK[name].wide


def log_ratio(real: Gaussian, fake: Gaussian) -> Tensor:
    """log(p / q) on the grid."""
    return real.log_density(GRID) - fake.log_density(GRID)


def best_score(name: Divergence, log_ratio: Tensor) -> Tensor:
    """The raw score of the optimal critic; beyond 20 exponentials read it as a logarithm."""
    score = TEXTBOOK[name].score(log_ratio)
    if name in ("kl", "reverse_kl", "hellinger"):
        beyond = (score.abs() - 20).clamp(min=0)
        score = torch.where(beyond > 0, score.sign() * (20 + torch.expm1(beyond)), score)
    return score


def value(name: Divergence, real: Gaussian, fake: Gaussian, score: Tensor, at: Tensor = GRID) -> Tensor:
    """The bound with exact expectations, of a critic whose scores at evenly spaced places are given."""
    objective = FGan(divergence=name)
    return -real.expectation(objective.real_loss(score), at) - fake.expectation(objective.fake_loss(score), at)


@every_divergence
def test_stable_forms_are_the_textbooks(name: Divergence) -> None:
    book, objective = TEXTBOOK[name], FGan(divergence=name)
    v = torch.linspace(-6, 6, 241, dtype=torch.float64)
    critics = book.activation(v)
    assert torch.allclose(-objective.real_loss(v), critics, rtol=1e-9, atol=1e-9)
    assert torch.allclose(objective.fake_loss(v), book.conjugate(critics), rtol=1e-9, atol=1e-9)
    assert torch.allclose(book.activation(book.score(v)), book.best(v), rtol=1e-9, atol=1e-9)


@every_pair
@every_divergence
def test_the_best_critic_reaches_the_divergence(name: Divergence, fake: Gaussian) -> None:
    ratio = log_ratio(P, fake)
    assert fake.expectation(TEXTBOOK[name].f(ratio.exp())).item() == pytest.approx(truth(name, fake), abs=6e-7)
    assert value(name, P, fake, best_score(name, ratio)).item() == pytest.approx(truth(name, fake), abs=6e-7)


@every_pair
@every_divergence
def test_a_trained_critic_estimates_it_from_below(name: Divergence, fake: Gaussian) -> None:
    # Two layers of 64, trained on the exact expectations (a grid), judged on fresh samples.
    torch.manual_seed(0)
    network, exact = critic(64), truth(name, fake)
    places = GRID[::4]
    reached = -descend(
        lambda: -value(name, P, fake, network(places[:, None])[:, 0], places), list(network.parameters()), steps=100
    )
    assert exact - 2e-3 * abs(exact) <= reached <= exact + 1e-6
    random, count = torch.Generator().manual_seed(1), 100_000
    with torch.no_grad():
        ours, theirs = (network(side.draw(count, random)[:, None])[:, 0] for side in (P, fake))
    objective = FGan(divergence=name)
    estimate = -objective.discriminator_loss(ours, theirs).item()
    error = math.sqrt((objective.real_loss(ours).var() + objective.fake_loss(theirs).var()).item() / count)
    # Heavy tails make chi squared and reverse KL hard to estimate.
    tolerance = 0.08 if name in ("pearson", "reverse_kl") else 0.03
    assert estimate == pytest.approx(exact, rel=tolerance)
    assert estimate <= exact + 2 * error


def test_a_line_is_enough_for_equal_variances() -> None:
    # T of KL is 1.5 - x.
    random = torch.Generator().manual_seed(2)
    line = torch.zeros(2, dtype=torch.float64, requires_grad=True)

    def bound(count: int) -> Tensor:
        real, fake = P.draw(count, random), SHIFTED.draw(count, random)
        return -FGan(divergence="kl").discriminator_loss(line[0] + line[1] * real, line[0] + line[1] * fake)

    optimiser = torch.optim.Adam([line], lr=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 400)
    for _ in range(400):
        optimiser.zero_grad()
        (-bound(4096)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    assert torch.allclose(line.detach(), torch.tensor([1.5, -1.0], dtype=torch.float64), atol=0.05)
    assert bound(400_000).item() == pytest.approx(0.500, abs=0.01)


@every_divergence
def test_the_generator_descends_the_divergence(name: Divergence) -> None:
    # At the best critic its gradient is the divergence's own; data N(1, 1), fakes N(theta, 1) at theta = 0.
    data = Gaussian(1.0, 1.0)

    def divergence(theta: float) -> Tensor:
        fake = Gaussian(theta, 1.0)
        return fake.expectation(TEXTBOOK[name].f(log_ratio(data, fake).exp()))

    step = 1e-4
    expected = (divergence(step) - divergence(-step)) / (2 * step)
    theta = torch.zeros_like(GRID, requires_grad=True)
    score = TEXTBOOK[name].score(theta + GRID - 0.5)
    (each,) = torch.autograd.grad(FGan(divergence=name).fooling_loss(score).sum(), theta)
    gradient = Gaussian(0.0, 1.0).expectation(each)
    assert gradient.item() == pytest.approx(expected.item(), abs=1e-6)
    if name in ("js", "gan"):
        assert gradient.item() == pytest.approx(-0.397973, abs=1e-6)


def test_one_of_them_is_the_logistic_game() -> None:
    generator = torch.Generator().manual_seed(6)
    real, fake = (3 * torch.randn(5, 1, 4, 4, dtype=torch.float64, generator=generator) for _ in range(2))
    for saturating, logistic in ((True, Minimax()), (False, NonSaturating())):
        for divergence, shift in (("gan", 0.0), ("js", LN2)):
            objective = FGan(divergence=divergence, saturating=saturating)  # type: ignore[arg-type]
            loss = objective.discriminator_loss(real, fake).item()
            assert loss == pytest.approx(logistic.discriminator_loss(real, fake).item() - 2 * shift)
            loss, expected = objective.generator_loss(fake, real).item(), logistic.generator_loss(fake, real).item()
            assert loss == pytest.approx(expected + (shift if saturating else -shift))
            assert objective.encoder_loss(real).item() - loss == pytest.approx(
                logistic.encoder_loss(real).item() - expected
            )


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("kl", 0.0, math.sqrt(3**2 + 0.5**2)),  # has the data's moments: it covers both modes
        ("reverse_kl", 3.0, 0.5),  # the nearer mode alone
    ],
)
def test_one_gaussian_for_two_modes(name: Divergence, mean: float, deviation: float) -> None:
    # Data: N(-3, 1/4) and N(3, 1/4), half of each. The fakes begin as N(1, 1); the critic is always the best one.
    modes = [Gaussian(-3.0, 0.5), Gaussian(3.0, 0.5)]
    shape = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([shape], lr=0.05)
    objective, z, standard = FGan(divergence=name), GRID[::2], Gaussian(0.0, 1.0)
    for _ in range(400):
        fakes = shape[0] + shape[1].exp() * z
        now = Gaussian(shape[0].item(), shape[1].exp().item())
        real = torch.logsumexp(torch.stack([mode.log_density(fakes) for mode in modes]), 0) - LN2
        score = best_score(name, (real - now.log_density(fakes)).clamp(-100, 100))
        optimiser.zero_grad()
        standard.expectation(objective.fooling_loss(score), z).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert shape[0].item() == pytest.approx(mean, abs=1e-3)
    assert shape[1].exp().item() == pytest.approx(deviation, rel=1e-3)
