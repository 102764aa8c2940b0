"""What stabilisers do to a game that is played through the engine."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from srgan.adversarial import Sample
from srgan.networks import Judgement
from srgan.tasks import Round
from srgan.training import Trainer
from srgan.training.adversary import Moment
from srgan.training.presenting import Presentation
from srgan.training.sections import AdversarialSection
from tests.training.toys import Game, advance, adversary, opponent

PLAIN = "stage.adversarial.discriminator.norm=none"
GAME = "stage.adversarial.adversarial."


def section(**keys: object) -> AdversarialSection:
    return AdversarialSection.model_validate(keys)


def pictures(count: int, channels: int = 3) -> Tensor:
    return torch.rand(count, channels, 6, 5, generator=torch.Generator().manual_seed(count))


def a_round(trainer: Trainer) -> Round:
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    return trainer.stage.task.play(batch)


def test_packs_are_neighbours_with_their_conditions() -> None:
    real, fake, low = pictures(4), 1 - pictures(4), pictures(4) / 2
    shown = Presentation(section(packing=2))
    samples = shown(Round(real, fake, low), 0.0)
    assert [tuple(sample.picture.shape) for sample in samples] == [(2, 6, 6, 5)] * 2
    seen: list[tuple[Tensor, Tensor | None]] = []

    def judge(picture: Tensor, condition: Tensor | None = None) -> Judgement:
        seen.append((picture, condition))
        return Judgement([picture.mean((1, 2, 3))[:, None]], [])

    shown.opened(judge)(*samples[0])
    picture, condition = seen[0]
    assert torch.equal(picture, real[::2])
    assert torch.equal(condition, torch.cat([real[1::2], low[::2], low[1::2]], 1))  # type: ignore[arg-type]
    shown.opened(judge)(*shown(Round(real, fake, torch.eye(4)), 0.0)[1])
    picture, condition = seen[1]
    assert torch.equal(picture, fake[::2])
    assert condition is not None
    assert condition.shape == (2, 3 + 8, 6, 5)
    assert torch.equal(condition[0, 3:, 2, 1], torch.tensor([1.0, 0, 0, 0, 0, 1, 0, 0]))


def test_a_pack_has_one_score_and_penalties_see_all_of_it(game: Game) -> None:
    """A linear discriminator of slope w has the penalty gamma / 2 |w|^2 over both pictures of a pack."""
    trainer = game(PLAIN, f"{GAME}packing=2", f"{GAME}penalty=[{{kind='r1', gamma=2.0}}]")
    player = adversary(trainer)
    weight = torch.linspace(-1, 1, 6).view(1, 6, 1, 1)

    def linear(picture: Tensor, condition: Tensor | None = None) -> Judgement:
        assert condition is not None
        return Judgement([(torch.cat([picture, condition], 1) * weight).sum((1, 2, 3))[:, None]], [])

    round_ = a_round(trainer)
    judge = player.presentation.opened(linear)
    real, fake = player.presentation(round_, 0.0)
    exact = torch.autocast("cpu", enabled=False)
    terms, truth, _ = player.game.discriminator_terms(judge, judge, real, fake, round_, step=0, autocast=exact)
    assert truth.scores[0].shape == (len(round_.real) // 2, 1)
    places = round_.real[0, 0].numel()
    assert terms["r1"].item() == pytest.approx(float((weight**2).sum()) * places, rel=1e-5)


def test_looking_ahead_changes_the_generators_gradient_and_nothing_else(game: Game) -> None:
    norm = "stage.adversarial.discriminator.norm=spectral"
    ahead, plain = (game(norm, f"{GAME}unrolled={steps}", f"{GAME}penalty=[]") for steps in (4, 0))
    gradients = []
    for trainer in (ahead, plain):
        advance(trainer, 2)
        trainer.stage.adversary.network.load_state_dict(plain.stage.adversary.network.state_dict())  # type: ignore[union-attr]
        trainer.generator.load_state_dict(plain.generator.state_dict())
    for trainer in (ahead, plain):
        before = [parameter.detach().clone() for parameter in adversary(trainer).network.parameters()]
        round_ = a_round(trainer)
        torch.manual_seed(0)
        term = adversary(trainer).generator_losses(round_, Moment(2, 0.2))["adversarial"]
        gradients.append(torch.autograd.grad(term, round_.fake)[0])
        if trainer is ahead:
            assert all(map(torch.equal, before, adversary(trainer).network.parameters()))
    assert (gradients[0] - gradients[1]).abs().max() > 1e-3 * gradients[1].abs().max()


def test_the_generator_answers_for_the_whole_value_ahead(game: Game) -> None:
    """Before the optimiser's first step its steps have no length, so that ahead is here."""
    objective = f"{GAME}objective=minimax"
    trainer = game(PLAIN, objective, f"{GAME}unrolled=3", f"{GAME}penalty=[]", f"{GAME}weight=1.0")
    player, round_ = adversary(trainer), a_round(trainer)
    term = player.generator_losses(round_, Moment(0, 0.0))["adversarial"]
    values = player.learn(round_, Moment(0, 0.0), share=1.0)
    assert float(term.detach()) == pytest.approx(-float(values["discriminator"]), rel=1e-5)


def test_noise_and_augmentation_are_the_same_for_no_sample() -> None:
    round_ = Round(pictures(4), pictures(4).clone())
    real, fake = Presentation(section(noise=0.3, noise_until=0.5))(round_, 0.0)
    assert 0.2 < float((real.picture - round_.real).std()) < 0.4
    assert not torch.equal(real.picture, fake.picture)
    real, fake = Presentation(section(noise=0.3, noise_until=0.5))(round_, 0.25)
    assert 0.1 < float((real.picture - round_.real).std()) < 0.2
    real, fake = Presentation(section(noise=0.3, noise_until=0.5))(round_, 0.5)
    assert torch.equal(real.picture, round_.real)


def test_noise_falls_with_the_clock_where_that_is_ahead(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = game(PLAIN, f"{GAME}noise=0.3", "stage.adversarial.train.max_minutes=60")
    seen: list[float] = []
    show = Presentation.__call__

    def noted(presentation: Presentation, round_: Round, progress: float) -> tuple[Sample, Sample]:
        seen.append(progress)
        return show(presentation, round_, progress)

    monkeypatch.setattr(Presentation, "__call__", noted)
    trainer.stage_seconds = 1800.0
    advance(trainer, 1)
    assert {*seen} == {0.5}


def test_partners_are_augmented_alike_and_conditions_move_with_them() -> None:
    picture, labels = pictures(4), torch.eye(4)
    shown = Presentation(section(augment=["colour", "translation", "cutout"]))
    real, fake = shown(Round(picture, picture.clone(), picture.clone()), 0.0)
    assert torch.equal(real.picture, fake.picture)
    assert not torch.equal(real.picture, picture)
    assert torch.equal(real.condition, real.picture)  # type: ignore[arg-type]
    assert torch.equal(shown(Round(picture, picture, labels), 0.0)[0].condition, labels)  # type: ignore[arg-type]


def test_augmentation_adapts_to_overfitting(game: Game) -> None:
    trainer = game(PLAIN, f"{GAME}augment=['cutout']", f"{GAME}adaptive=0.5")
    player = adversary(trainer)
    adaptive = player.presentation.adaptive
    assert adaptive is not None
    for sign, expected in ((1.0, 0.02), (1.0, 0.04), (0.0, 0.02)):
        player.remember({"overfitting": torch.tensor(sign)}, 10_000)
        assert adaptive.probability == pytest.approx(expected)
    advance(trainer, 1)
    assert {"overfitting", "augmented"} <= {*trainer.meter.read()}


def test_weights_are_clipped_after_every_step(game: Game) -> None:
    objective = f"{GAME}objective={{kind='wgan', clip=0.01}}"
    trainer = game(PLAIN, objective, f"{GAME}penalty=[]", f"{GAME}steps=2")
    assert max(float(tensor.abs().max()) for tensor in opponent(trainer).values()) > 0.01
    advance(trainer, 1)
    assert max(float(tensor.abs().max()) for tensor in opponent(trainer).values()) <= 0.01


def test_no_other_part_has_a_formula_of_the_games(repository: Path) -> None:
    """Scores become losses in one package alone."""
    signs = ("softplus(", "binary_cross_entropy", "logsigmoid(", "BCEWithLogits")
    for folder in ("srgan", "pipelines", "export"):
        for path in (repository / folder).rglob("*.py"):
            if path.parent.name != "adversarial":
                assert not [sign for sign in signs if sign in path.read_text()], path
