"""Relativistic games: the papers' formulas, and gradients that are right in two processes."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed, multiprocessing

from srgan.adversarial import Objective, batch_mean, compare, make_objective
from srgan.adversarial import relativistic as module
from tests.ending import end

KINDS = ("fgan", "hinge", "lsgan", "minimax", "mle", "nonsaturating", "wgan")
GAMES = [(kind, relativistic) for kind in KINDS for relativistic in ("average", "paired")]


def game(kind: str, relativistic: str) -> Objective:
    return make_objective({"kind": kind, "relativistic": relativistic})


@pytest.fixture
def scores() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(3, 1, 4, 5, dtype=torch.float64, generator=generator) for _ in range(2))
    return real + 0.5, fake


def _direct(kind: str, relativistic: str, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Both players' losses as the papers write them."""
    over_fake, over_real = real - fake.mean(), fake - real.mean()
    if relativistic == "paired":
        over_fake, over_real = real - fake, fake - real
    real_wins, fake_wins = torch.sigmoid(over_fake), torch.sigmoid(over_real)
    logistic = -torch.log(real_wins).mean() - torch.log(1 - fake_wins).mean()
    if kind == "nonsaturating":
        return logistic, -torch.log(fake_wins).mean() - torch.log(1 - real_wins).mean()
    if kind == "minimax":
        return logistic, -logistic
    if kind == "mle":
        return logistic, -torch.exp(over_real).mean() - torch.exp(-over_fake).mean()
    if kind == "wgan":
        return over_real.mean() - over_fake.mean(), over_fake.mean() - over_real.mean()
    if kind == "fgan":  # KL, whose undecided critic is at 1
        kullback = torch.exp(over_real).mean() - over_fake.mean() - 1
        return kullback, -kullback
    if kind == "hinge":
        return (
            (1 - over_fake).clamp(min=0).mean() + (1 + over_real).clamp(min=0).mean(),
            (1 - over_real).clamp(min=0).mean() + (1 + over_fake).clamp(min=0).mean(),
        )
    # RaLSGAN has the targets 1 and -1 and no halves: of doubled scores it is 8 times ours.
    return (
        (((2 * over_fake - 1) ** 2).mean() + ((2 * over_real + 1) ** 2).mean()) / 8,
        (((2 * over_real - 1) ** 2).mean() + ((2 * over_fake + 1) ** 2).mean()) / 8,
    )


@pytest.mark.parametrize(("kind", "relativistic"), GAMES)
def test_formulas(kind: str, relativistic: str, scores: tuple[Tensor, Tensor]) -> None:
    real, fake = scores
    objective = game(kind, relativistic)
    discriminator, generator = _direct(kind, relativistic, real, fake)
    assert objective.discriminator_loss(real, fake).item() == pytest.approx(discriminator.item())
    assert objective.generator_loss(fake, real).item() == pytest.approx(generator.item())


@pytest.mark.parametrize(("kind", "relativistic"), GAMES)
def test_only_differences_count(kind: str, relativistic: str, scores: tuple[Tensor, Tensor]) -> None:
    real, fake = scores
    objective = game(kind, relativistic)
    loss = objective.discriminator_loss(real, fake).item()
    assert objective.discriminator_loss(real + 3, fake + 3).item() == pytest.approx(loss)
    loss = objective.generator_loss(fake, real).item()
    assert objective.generator_loss(fake + 3, real + 3).item() == pytest.approx(loss)


@pytest.mark.parametrize(("kind", "relativistic"), GAMES)
def test_the_players_mirror(kind: str, relativistic: str, scores: tuple[Tensor, Tensor]) -> None:
    real, fake = scores
    objective = game(kind, relativistic)
    if kind in ("hinge", "lsgan", "nonsaturating"):
        # The generator plays the discriminator's game with the sides exchanged.
        assert objective.generator_loss(real, fake).item() == pytest.approx(
            objective.discriminator_loss(real, fake).item()
        )
    elif kind != "mle":
        assert objective.generator_loss(fake, real).item() == pytest.approx(
            -objective.discriminator_loss(real, fake).item()
        )


@pytest.mark.parametrize(("kind", "relativistic"), GAMES)
def test_the_discriminator_learns_from_both_sides_alike(
    kind: str, relativistic: str, scores: tuple[Tensor, Tensor]
) -> None:
    # Only differences count: what real scores gain the fake ones lose, place by place where they are partners.
    real, fake = (side.clone().requires_grad_() for side in scores)
    ours, theirs = torch.autograd.grad(game(kind, relativistic).discriminator_loss(real, fake), (real, fake))
    assert ours.abs().sum() > 0
    assert ours.sum().item() == pytest.approx(-theirs.sum().item())
    assert torch.allclose(ours, -theirs) or relativistic == "average"


def test_pairs_are_compared_place_by_place(scores: tuple[Tensor, Tensor]) -> None:
    real, fake = scores
    objective = game("nonsaturating", "paired")
    loss = objective.discriminator_loss(real, fake).item()
    # Twice RpGAN's, as the sum of two equal halves.
    assert loss == pytest.approx(2 * torch.log1p(torch.exp(fake - real)).mean().item())
    places = torch.rand(1, 1, 4, 5, dtype=torch.float64)
    # What both partners of a place have in common does not matter; who is whose partner does.
    assert objective.discriminator_loss(real + places, fake + places).item() == pytest.approx(loss)
    assert objective.discriminator_loss(real, fake.flip(0)).item() != pytest.approx(loss, rel=1e-3)
    (gradient,) = torch.autograd.grad(objective.generator_loss(fake.requires_grad_(), real), fake)
    assert torch.allclose(gradient, -2 * torch.sigmoid(real - fake.detach()) / fake.numel())


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_need_no_exchange_between_processes(
    kind: str, scores: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "batch_mean", None)
    objective = game(kind, "paired")
    assert objective.discriminator_loss(*scores).isfinite()
    with pytest.raises(TypeError):
        game(kind, "average").discriminator_loss(*scores)


def test_gradients_pass_through_the_means() -> None:
    real, fake = (torch.randn(2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    objective = make_objective({"kind": "nonsaturating", "relativistic": "average"})
    assert torch.autograd.gradcheck(objective.discriminator_loss, (real, fake))
    assert torch.autograd.gradcheck(lambda scores: objective.generator_loss(scores, real.detach()), (fake,))


def test_without_comparison_scores_are_untouched(scores: tuple[Tensor, Tensor]) -> None:
    real, fake = compare(*scores, None, undecided=0.5)
    assert real is scores[0]
    assert fake is scores[1]
    assert batch_mean(real).item() == pytest.approx(real.mean().item())


def _batch() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(7)
    real, fake = (torch.randn(8, 3, dtype=torch.float64, generator=generator) for _ in range(2))
    return real + 0.3, fake, torch.randn(3, dtype=torch.float64, generator=generator)


def _gradients(objective: Objective, real: Tensor, fake: Tensor, weights: Tensor) -> list[Tensor]:
    """Of both players' losses with respect to the discriminator's weights, and a Hessian-vector product."""
    weights = weights.clone().requires_grad_()
    real_scores, fake_scores = (torch.tanh(pictures @ weights) for pictures in (real, fake))
    (generator,) = torch.autograd.grad(
        objective.generator_loss(fake_scores, real_scores.detach()), weights, retain_graph=True
    )
    loss = objective.discriminator_loss(real_scores, fake_scores)
    (discriminator,) = torch.autograd.grad(loss, weights, create_graph=True)
    (curvature,) = torch.autograd.grad(discriminator.sum(), weights)
    return [generator, discriminator.detach(), curvature]


def _process(rank: int, folder: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    real, fake, weights = _batch()
    own = slice(4 * rank, 4 * rank + 4)
    averaged = {}
    for names in GAMES:
        averaged["-".join(names)] = gradients = _gradients(game(*names), real[own], fake[own], weights)
        for gradient in gradients:
            distributed.all_reduce(gradient)
            gradient /= 2
    torch.save(averaged, Path(folder) / f"{rank}.pt")
    end()


def test_two_processes_have_the_gradients_of_one(tmp_path: Path) -> None:
    multiprocessing.spawn(_process, args=(str(tmp_path),), nprocs=2)  # type: ignore[attr-defined, no-untyped-call]
    real, fake, weights = _batch()
    for rank in range(2):
        averaged = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for names in GAMES:
            expected = _gradients(game(*names), real, fake, weights)
            for two, one in zip(averaged["-".join(names)], expected, strict=True):
                assert torch.allclose(two, one, rtol=1e-12, atol=1e-14), names
