"""Objectives against values in closed form, and what each of them must obey."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from srgan.adversarial import OBJECTIVES, Hinge, LeastSquares, Minimax, NonSaturating, Objective, make_objective
from srgan.config import check_part
from srgan.errors import UsageError

TABLES: list[dict[str, Any]] = [
    *({"kind": kind} for kind in sorted(OBJECTIVES)),
    *(
        {"kind": kind, "relativistic": relativistic}
        for kind in ("hinge", "lsgan", "nonsaturating")
        for relativistic in ("average", "paired")
    ),
    *({"kind": kind, "smoothing": 0.1} for kind in ("lsgan", "minimax", "nonsaturating")),
]
every_game = pytest.mark.parametrize("table", TABLES, ids=lambda table: "-".join(map(str, table.values())))


def normal(count: int) -> Tensor:
    """Points whose mean of any smooth function is its expectation under N(0, 1): quantiles, evenly spaced."""
    points: Tensor = torch.special.ndtri((torch.arange(count, dtype=torch.float64) + 0.5) / count)
    return points


@every_game
def test_each_player_pulls_its_own_way(table: dict[str, Any]) -> None:
    # Within a margin of the undecided score, where every objective has a slope.
    objective = make_objective(table)
    centre = 0.5 if table["kind"] == "lsgan" else 0.0
    generator = torch.Generator().manual_seed(5)
    real, fake = (
        (centre + 0.3 * (torch.rand(3, 1, 4, 4, generator=generator) - 0.5)).requires_grad_() for _ in range(2)
    )
    loss = objective.discriminator_loss(real, fake)
    for_real, for_fake = torch.autograd.grad(loss, (real, fake))
    assert loss.shape == ()
    assert (for_real < 0).all()
    assert (for_fake > 0).all()
    loss = objective.generator_loss(fake, real.detach())
    assert loss.shape == ()
    assert (torch.autograd.grad(loss, fake)[0] < 0).all()


@every_game
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_scores_of_any_size_are_finite(table: dict[str, Any], size: float) -> None:
    objective = make_objective(table)
    real = torch.tensor([size, -size, size], requires_grad=True)
    fake = torch.tensor([-size, size, size], requires_grad=True)
    for loss in (objective.discriminator_loss(real, fake), objective.generator_loss(fake, real.detach())):
        assert loss.isfinite()
        gradients = torch.autograd.grad(loss, (real, fake), allow_unused=True)
        assert all(gradient.isfinite().all() for gradient in gradients if gradient is not None)


@every_game
def test_made_from_a_checked_table(table: dict[str, Any]) -> None:
    options = check_part(OBJECTIVES, table, source="run.toml", key="objective")
    objective = make_objective({"kind": table["kind"], **options})
    assert objective == make_objective(table)
    assert dataclasses.asdict(objective) == options  # type: ignore[call-overload]
    assert table.keys() - {"kind"} <= options.keys()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "lsgan", "relativistic": "avarage"}, "objective.relativistic"),
        ({"kind": "minimax", "relativistic": "average"}, "no such option"),
        ({"kind": "hinge", "smoothing": 0.1}, "no such option"),
        ({"kind": "nonsaturating", "smoothing": 0.5}, "less than 0.5"),
        ({"kind": "nonsaturating", "smoothing": -0.1}, "greater than or equal to 0"),
    ],
)
def test_wrong_tables_are_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_part(OBJECTIVES, table, source="run.toml", key="objective")


@pytest.mark.parametrize(
    ("objective", "score", "discriminator", "generator"),
    [
        (Minimax(), 0.0, 2 * math.log(2), -math.log(2)),
        (NonSaturating(), 0.0, 2 * math.log(2), math.log(2)),
        (NonSaturating(relativistic="average"), 7.0, 2 * math.log(2), 2 * math.log(2)),
        (NonSaturating(relativistic="paired"), 7.0, 2 * math.log(2), 2 * math.log(2)),
        (LeastSquares(), 0.5, 0.25, 0.125),
        (LeastSquares(relativistic="average"), 7.0, 0.25, 0.25),
        (LeastSquares(relativistic="paired"), 7.0, 0.25, 0.25),
        (Hinge(), 0.9, 2.0, -0.9),
        (Hinge(), -0.9, 2.0, 0.9),
        (Hinge(relativistic="average"), 7.0, 2.0, 2.0),
        (Hinge(relativistic="paired"), 7.0, 2.0, 2.0),
    ],
)
def test_values_at_equality(objective: Objective, score: float, discriminator: float, generator: float) -> None:
    scores = torch.full((4, 1, 2, 2), score, dtype=torch.float64)
    assert objective.discriminator_loss(scores, scores).item() == pytest.approx(discriminator, abs=1e-9)
    assert objective.generator_loss(scores, scores).item() == pytest.approx(generator, abs=1e-9)


@pytest.mark.parametrize("objective", [Minimax(), NonSaturating()])
def test_value_at_the_optimal_discriminator(objective: Objective) -> None:
    # p = N(0, 1) real, q = N(1, 1) fake, score log(p / q) = 1/2 - x; minus the value is ln 4 - 2 JS.
    z = normal(20_000)
    assert objective.discriminator_loss(0.5 - z, 0.5 - (z + 1)).item() == pytest.approx(1.163451, abs=1e-5)


@pytest.mark.parametrize(
    ("distance", "minimax", "non_saturating", "tolerance"),
    [
        (1.0, -0.397973, -0.602027, 1e-5),
        # The minimax game saturates where the fakes are far off; the other one does not.
        (4.0, -0.1372, -3.8628, 1e-4),
        (8.0, -3.93e-4, -7.9996, 1e-5),
    ],
)
def test_generator_gradient_at_the_optimal_discriminator(
    distance: float, minimax: float, non_saturating: float, tolerance: float
) -> None:
    # Real N(distance, 1), fake N(theta, 1) at theta = 0, the discriminator held at the optimum for theta = 0.
    z = normal(1_000_000)
    for objective, expected in ((Minimax(), minimax), (NonSaturating(), non_saturating)):
        theta = torch.zeros((), dtype=torch.float64, requires_grad=True)
        fake = distance * (theta + z) - distance**2 / 2
        loss = objective.generator_loss(fake, z)
        assert torch.autograd.grad(loss, theta)[0].item() == pytest.approx(expected, abs=tolerance)


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


def test_logistic_gradients_do_not_cancel() -> None:
    # 1 - sigmoid(12) is 6e-6: computed as a difference in float32 half of its digits would be gone.
    fake = torch.tensor([-12.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(Minimax().generator_loss(fake, fake.detach()), fake)
    assert -gradient.item() == pytest.approx(1 / (1 + math.exp(12)), rel=1e-5)
