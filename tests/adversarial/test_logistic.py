"""The logistic games against closed forms: at the optimal discriminator, and what a trained one comes to."""

import math

import pytest
import torch
from torch import Tensor

from srgan.adversarial import LeastSquares, MaximumLikelihood, Minimax, NonSaturating, Objective
from tests.adversarial.gaussians import GRID, Gaussian, critic, descend, normal


@pytest.mark.parametrize("objective", [Minimax(), NonSaturating(), MaximumLikelihood()])
def test_value_at_the_optimal_discriminator(objective: Objective) -> None:
    # p = N(0, 1) real, q = N(1, 1) fake, score log(p / q) = 1/2 - x; minus the value is ln 4 - 2 JS.
    z = normal(20_000)
    loss = objective.discriminator_loss(0.5 - z, 0.5 - (z + 1)).item()
    assert loss == pytest.approx(1.163451, abs=1e-5)
    assert (math.log(4) - loss) / 2 == pytest.approx(0.111421, abs=1e-5)


def gradient_of_the_mean(objective: Objective, distance: float) -> tuple[Tensor, Tensor]:
    """Of the generator's loss, and the variance of that of single samples.

    Real are N(distance, 1), fake N(theta, 1) at theta = 0; the discriminator is held at its optimum for theta = 0.
    """
    theta = torch.zeros_like(GRID, requires_grad=True)
    z = Gaussian(0.0, 1.0)
    score = distance * (theta + GRID) - distance**2 / 2
    (each,) = torch.autograd.grad(objective.fooling_loss(score).sum(), theta)
    mean = z.expectation(each)
    return mean, z.expectation((each - mean) ** 2)


@pytest.mark.parametrize(
    ("objective", "distance", "expected", "tolerance"),
    [
        (Minimax(), 1.0, -0.397973, 1e-6),
        (NonSaturating(), 1.0, -0.602027, 1e-6),
        (MaximumLikelihood(), 1.0, -1.000000, 1e-6),
        # The minimax game saturates where the fakes are far off; the other one does not.
        (Minimax(), 4.0, -0.1372, 5e-5),
        (NonSaturating(), 4.0, -3.8628, 5e-5),
        (Minimax(), 8.0, -3.93e-4, 5e-7),
        (NonSaturating(), 8.0, -7.9996, 5e-5),
    ],
)
def test_generator_gradient_at_the_optimal_discriminator(
    objective: Objective, distance: float, expected: float, tolerance: float
) -> None:
    mean, _ = gradient_of_the_mean(objective, distance)
    assert mean.item() == pytest.approx(expected, abs=tolerance)


def test_likelihood_has_the_noisier_gradient() -> None:
    _, noisy = gradient_of_the_mean(MaximumLikelihood(), 1.0)
    _, calm = gradient_of_the_mean(NonSaturating(), 1.0)
    assert noisy.item() == pytest.approx(math.e - 1, abs=1e-6)
    assert noisy > calm
    # And of ten thousand samples.
    fake = Gaussian(0.0, 1.0).draw(10_000, torch.Generator().manual_seed(3)).requires_grad_()
    variances = [
        torch.autograd.grad(objective.fooling_loss(fake - 0.5).sum(), fake)[0].var()
        for objective in (MaximumLikelihood(), NonSaturating())
    ]
    assert variances[0] / variances[1] > 1


def test_between_equal_sides_a_trained_discriminator_is_undecided() -> None:
    torch.manual_seed(0)
    random, side = torch.Generator().manual_seed(1), Gaussian(0.0, 1.0)
    network, objective, steps = critic(32), Minimax(), 120
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = objective.discriminator_loss(*(network(side.draw(1024, random)[:, None]) for _ in range(2)))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        real, fake = (network(side.draw(50_000, random)[:, None]) for _ in range(2))
    assert (torch.sigmoid(real) - 0.5).abs().mean() < 0.02
    # The mean over both sides is half of the sum.
    assert objective.discriminator_loss(real, fake).item() / 2 == pytest.approx(math.log(2), abs=0.005)


def test_a_trained_discriminator_knows_the_ratio_of_the_densities() -> None:
    random = torch.Generator().manual_seed(1)
    p, q = Gaussian(0.0, 1.0), Gaussian(1.0, 1.0)
    real, fake = p.draw(50_000, random), q.draw(50_000, random)
    line = torch.zeros(2, dtype=torch.float64, requires_grad=True)

    def score(x: Tensor) -> Tensor:
        return line[0] + line[1] * x

    objective = Minimax()
    descend(lambda: objective.discriminator_loss(score(real), score(fake)), [line], steps=20)
    assert line[0].item() == pytest.approx(0.5, abs=0.05)
    assert line[1].item() == pytest.approx(-1.0, abs=0.05)
    value = -p.expectation(objective.real_loss(score(GRID))) - q.expectation(objective.fake_loss(score(GRID)))
    assert value.item() == pytest.approx(-1.163451, abs=1e-3)
    assert value.item() <= -1.163451 + 1e-6


def test_wrong_pairs_move_the_equilibrium_to_two_thirds() -> None:
    # Three pictures and three texts. The generator is perfect: its pairs are true ones. A table holds the scores.
    table = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    match = torch.eye(3, dtype=torch.bool)
    for objective in (Minimax(), NonSaturating()):
        with torch.no_grad():
            table.zero_()
        descend(
            lambda game=objective: game.discriminator_loss(table[match], table[match], wrong=table[~match]),  # type: ignore[misc]
            [table],
            steps=100,
        )
        probability = torch.sigmoid(table.detach())
        assert torch.allclose(probability[match], torch.tensor(2 / 3, dtype=torch.float64), atol=1e-4)
        assert (probability[~match] < 1e-3).all()


@pytest.mark.parametrize("objective", [Minimax(smoothing=0.1), NonSaturating(smoothing=0.1)])
def test_smoothing_moves_the_optimum_to_0_45(objective: Objective) -> None:
    # At p = q one common score is best, and 0.9 / 2 is its probability.
    score = torch.tensor(math.log(0.45 / 0.55), dtype=torch.float64, requires_grad=True)
    loss = objective.discriminator_loss(score, score)
    assert loss.item() == pytest.approx(1.3763, abs=1e-4)
    assert torch.autograd.grad(loss, score)[0].item() == pytest.approx(0.0, abs=1e-12)
    least = LeastSquares(smoothing=0.1)
    score = torch.tensor(0.45, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(least.discriminator_loss(score, score), score)[0].item() == pytest.approx(0.0)


def test_smoothing_is_one_sided() -> None:
    # Fakes far from the data: their target stays 0, and the generator's stays 1.
    scores = torch.randn(50, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for kind in (Minimax, NonSaturating, LeastSquares):
        fake = scores.clone().requires_grad_()
        plain, smooth = (
            torch.autograd.grad(objective.discriminator_loss(scores, fake), fake)[0]
            for objective in (kind(), kind(smoothing=0.2))
        )
        assert torch.equal(plain, smooth)
        assert torch.equal(kind().generator_loss(scores, scores), kind(smoothing=0.2).generator_loss(scores, scores))
    for relativistic in (NonSaturating, LeastSquares):
        plain_game = relativistic(relativistic="average")
        smooth_game = relativistic(relativistic="average", smoothing=0.2)
        real = scores.flip(0) + 1
        assert torch.equal(plain_game.generator_loss(scores, real), smooth_game.generator_loss(scores, real))


def test_fakes_need_the_target_0() -> None:
    # Data N(0, 1), fakes N(8, 1): with a target b > 0 of fakes the optimal D is (0.9 p + b q) / (p + q). Where the
    # fakes are it is nearly b, a plain that pulls nowhere.
    p, q = Gaussian(0.0, 1.0), Gaussian(8.0, 1.0)

    def pull(beta: float) -> float:
        fakes = (8 + normal(2000)).requires_grad_()
        real, fake = p.log_density(fakes).exp(), q.log_density(fakes).exp()
        probability = (0.9 * real + beta * fake) / (real + fake)
        loss = NonSaturating().generator_loss(torch.logit(probability), fakes.detach())
        return torch.autograd.grad(loss, fakes)[0].sum().item()

    one_sided, two_sided = pull(0.0), pull(0.1)
    assert one_sided > 7  # towards the data
    assert abs(two_sided) < 1e-3 * one_sided
    # The library's smoothing is the one with 0 for fakes: that optimum is stationary.
    real, fake = p.log_density(GRID).exp(), q.log_density(GRID).exp()
    inside = (GRID > -4) & (GRID < 10)
    score = torch.logit(0.9 * real / (real + fake))[inside].requires_grad_()
    objective = NonSaturating(smoothing=0.1)
    loss = real[inside] * objective.real_loss(score) + fake[inside] * objective.fake_loss(score)
    (slope,) = torch.autograd.grad(loss.sum(), score)
    assert torch.allclose(slope, torch.zeros_like(slope), atol=1e-12)


def test_logistic_gradients_do_not_cancel() -> None:
    # 1 - sigmoid(12) is 6e-6: computed as a difference in float32 half of its digits would be gone.
    fake = torch.tensor([-12.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(Minimax().generator_loss(fake, fake.detach()), fake)
    assert -gradient.item() == pytest.approx(1 / (1 + math.exp(12)), rel=1e-5)
