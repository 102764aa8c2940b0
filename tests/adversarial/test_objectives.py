"""Objectives against values in closed form, and what each of them must obey."""

import dataclasses
import math
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from srgan.adversarial import (
    OBJECTIVES,
    Divergence,
    FGan,
    Hinge,
    LeastSquares,
    MaximumLikelihood,
    Minimax,
    NonSaturating,
    Objective,
    Relativistic,
    Wasserstein,
    make_objective,
)
from srgan.config import check_part
from srgan.errors import UsageError

FGANS: list[dict[str, Any]] = [
    {"kind": "fgan", "divergence": divergence, "saturating": saturating}
    for divergence in get_args(Divergence)
    for saturating in (True, False)
]
TABLES: list[dict[str, Any]] = [
    *({"kind": kind} for kind in sorted(OBJECTIVES)),
    *FGANS,
    *(
        {**table, "relativistic": relativistic}
        for table in [*({"kind": kind} for kind in sorted(OBJECTIVES.keys() - {"fgan", "qp"})), *FGANS]
        for relativistic in ("average", "paired")
    ),
    *({"kind": kind, "smoothing": 0.1} for kind in ("lsgan", "minimax", "mle", "nonsaturating")),
]
every_game = pytest.mark.parametrize("table", TABLES, ids=lambda table: "-".join(map(str, table.values())))


def discriminator_loss(objective: Objective, real: Tensor, fake: Tensor) -> Tensor:
    """With items at distance 1 where the game wants to know."""
    distance = objective.distance([torch.ones(len(real))], [torch.zeros(len(fake))])
    return objective.discriminator_loss(real, fake, distance=distance)


@every_game
def test_each_player_pulls_its_own_way(table: dict[str, Any]) -> None:
    # Within a margin of the undecided score, where every objective has a slope.
    objective = make_objective(table)
    generator = torch.Generator().manual_seed(5)
    real, fake = (
        (objective.undecided + 0.3 * (torch.rand(3, 1, 4, 4, generator=generator) - 0.5)).requires_grad_()
        for _ in range(2)
    )
    loss = discriminator_loss(objective, real, fake)
    for_real, for_fake = torch.autograd.grad(loss, (real, fake))
    assert loss.shape == ()
    assert (for_real < 0).all()
    assert (for_fake > 0).all()
    loss = objective.generator_loss(fake, real.detach())
    assert loss.shape == ()
    assert (torch.autograd.grad(loss, fake)[0] < 0).all()
    loss = objective.encoder_loss(real)
    assert loss.shape == ()
    assert (torch.autograd.grad(loss, real)[0] > 0).all()


@every_game
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_scores_of_any_size_are_finite(table: dict[str, Any], size: float) -> None:
    objective = make_objective(table)
    real = torch.tensor([size, -size, size], requires_grad=True)
    fake = torch.tensor([-size, size, size], requires_grad=True)
    losses = (
        discriminator_loss(objective, real, fake),
        objective.generator_loss(fake, real.detach()),
        objective.encoder_loss(real),
    )
    for loss in losses:
        assert loss.isfinite()
        gradients = torch.autograd.grad(loss, (real, fake), allow_unused=True)
        assert all(gradient.isfinite().all() for gradient in gradients if gradient is not None)


@every_game
def test_made_from_a_checked_table(table: dict[str, Any]) -> None:
    options = check_part(OBJECTIVES, table, source="run.toml", key="objective")
    objective = make_objective({"kind": table["kind"], **options})
    assert objective == make_objective(table)
    assert dataclasses.asdict(objective) == options
    assert table.keys() - {"kind"} <= options.keys()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "lsgan", "relativistic": "avarage"}, "objective.relativistic"),
        ({"kind": "hinge", "smoothing": 0.1}, "no such option"),
        ({"kind": "fgan", "divergence": "chi"}, "objective.divergence"),
        ({"kind": "wgan", "clip": 0.0}, "greater than 0"),
        ({"kind": "qp", "metric": "mean"}, "objective.metric"),
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
        (Minimax(relativistic="paired"), 7.0, 2 * math.log(2), -2 * math.log(2)),
        (MaximumLikelihood(), 0.0, 2 * math.log(2), -1.0),
        (MaximumLikelihood(relativistic="average"), 7.0, 2 * math.log(2), -2.0),
        (Wasserstein(), 7.0, 0.0, -7.0),
        # Where p = q the critic is at f'(1), and the divergence is f(1).
        (FGan(divergence="kl"), 1.0, 0.0, -1.0),
        (FGan(divergence="reverse_kl"), 0.0, 0.0, 1.0),
        (FGan(divergence="pearson"), 0.0, 0.0, 0.0),
        (FGan(divergence="hellinger"), 0.0, 0.0, 0.0),
        (FGan(divergence="js"), 0.0, 0.0, 0.0),
        (FGan(divergence="gan"), 0.0, 2 * math.log(2), -math.log(2)),
        (FGan(divergence="kl", relativistic="average"), 7.0, 0.0, 0.0),
    ],
)
def test_values_at_equality(objective: Objective, score: float, discriminator: float, generator: float) -> None:
    scores = torch.full((4, 1, 2, 2), score, dtype=torch.float64)
    assert objective.discriminator_loss(scores, scores).item() == pytest.approx(discriminator, abs=1e-9)
    assert objective.generator_loss(scores, scores).item() == pytest.approx(generator, abs=1e-9)


@every_game
def test_equal_sides_are_undecided(table: dict[str, Any]) -> None:
    # At p = q no move of the common score makes the discriminator's loss less, nor does a change of their difference.
    objective = make_objective({**table, "smoothing": 0.0} if "smoothing" in table else table)
    score = torch.full((6,), objective.undecided, dtype=torch.float64)

    def both(moved: Tensor) -> Tensor:
        return discriminator_loss(objective, moved, moved)

    (slope,) = torch.autograd.grad(both(score.requires_grad_()), score)
    assert slope.abs().max().item() == pytest.approx(0.0, abs=1e-12)
    noise = torch.randn(6, dtype=torch.float64, generator=torch.Generator().manual_seed(8))
    assert both(score.detach() + 0.1 * noise) >= both(score.detach()) - 1e-12


def test_wrong_pairs_are_half_of_the_fakes() -> None:
    generator = torch.Generator().manual_seed(4)
    real, fake, wrong = (torch.randn(4, 1, 3, 3, dtype=torch.float64, generator=generator) for _ in range(3))
    expected = (-torch.log(torch.sigmoid(real))).mean() + 0.5 * sum(
        (-torch.log(1 - torch.sigmoid(negative))).mean() for negative in (fake, wrong)
    )
    loss = NonSaturating().discriminator_loss(real, fake, wrong=wrong)
    assert loss.item() == pytest.approx(expected.item())
    # As many wrong pairs as there are: each mean stands by itself.
    fewer = Hinge().discriminator_loss(real, fake, wrong=wrong[:1])
    assert fewer.item() == pytest.approx(
        ((1 - real).relu().mean() + ((1 + wrong[:1]).relu().mean() + (1 + fake).relu().mean()) / 2).item()
    )


@pytest.mark.parametrize("relativistic", ["average", "paired"])
def test_relativistic_games_refuse_wrong_pairs(relativistic: Relativistic) -> None:
    scores = torch.zeros(4)
    for objective in (NonSaturating(relativistic=relativistic), Wasserstein(relativistic=relativistic)):
        with pytest.raises(ValueError, match="no place for wrong pairs"):
            objective.discriminator_loss(scores, scores, wrong=scores)


@every_game
def test_only_one_game_needs_to_know_the_distance(table: dict[str, Any]) -> None:
    objective = make_objective(table)
    assert (objective.distance([torch.ones(2, 3)], [torch.zeros(2, 3)]) is not None) == (table["kind"] == "qp")


def test_only_clipping_touches_parameters() -> None:
    network = nn.Linear(4, 4)
    before = {name: parameter.clone() for name, parameter in network.state_dict().items()}
    for table in TABLES:
        make_objective(table).project(network)
    assert all(torch.equal(parameter, before[name]) for name, parameter in network.state_dict().items())
