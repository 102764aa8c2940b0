"""When the discriminator learns, what it sees, and what else it tells the generator."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from srgan.data import Batch
from tests.training.toys import (
    Game,
    advance,
    adversary,
    distance,
    everything,
    make_trainer,
    opponent,
    stop_after,
    updates,
    weights,
)

PLAIN = "stage.adversarial.discriminator.norm=none"


def test_more_updates_of_the_discriminator(game: Game) -> None:
    """Each on a batch of its own."""
    trainer = game("stage.adversarial.adversarial.steps=2")
    drawn: list[float] = []
    batches = trainer.feeding.batches(trainer.stage.section, 16)
    numbers = [trainer.feeding.position(1, index) for index in range(6)]
    source = (batches.batch(number) for number in numbers)

    def watched() -> Iterator[Batch]:
        for batch in source:
            drawn.append(float(batch.low.sum()))
            yield batch

    stream = watched()
    for _ in range(3):
        trainer.train_step(stream)
    assert updates(trainer) == (3, 6)
    assert len(drawn) == len(set(drawn)) == 6


def test_resume_with_more_updates_of_the_discriminator(gan_file: Path, tmp_path: Path) -> None:
    twice = "stage.adversarial.adversarial.steps=2"
    whole = make_trainer(gan_file, tmp_path / "whole", twice).train()
    broken = make_trainer(gan_file, tmp_path / "broken", twice)
    stop_after(broken, 13)
    with pytest.raises(SystemExit):
        broken.train()
    resumed = make_trainer(gan_file, tmp_path / "broken", twice).train()
    assert distance(everything(resumed), everything(whole)) == 0


def test_fewer_updates_of_the_discriminator(game: Game) -> None:
    trainer = game("stage.adversarial.adversarial.every=3")
    seen = []
    for _ in range(7):
        before = opponent(trainer)["score.bias"]
        advance(trainer, 1)
        seen.append(not torch.equal(opponent(trainer)["score.bias"], before))
    assert seen == [True, False, False, True, False, False, True]
    assert updates(trainer) == (7, 3)


def test_the_discriminator_warms_up_alone(game: Game) -> None:
    trainer = game("stage.adversarial.adversarial.warmup=3")
    before, average, judge = weights(trainer.generator), weights(trainer.ema.network), opponent(trainer)
    advance(trainer, 3)
    assert distance(weights(trainer.generator), before) == distance(weights(trainer.ema.network), average) == 0
    assert distance(opponent(trainer), judge) > 1e-4
    assert updates(trainer) == (0, 3)
    advance(trainer, 1)
    assert distance(weights(trainer.generator), before) > 1e-5
    assert updates(trainer) == (1, 4)


def test_each_side_has_its_own_rate(game: Game) -> None:
    """Adam's first step is as long as the learning rate, and both follow one schedule."""
    trainer = game("stage.adversarial.train.lr=1e-3", "stage.adversarial.adversarial.lr=4e-5", PLAIN)
    before, judge = weights(trainer.generator), opponent(trainer)
    rates = trainer.stage.rates(0.0)  # the first of two steps of warm-up
    assert rates == pytest.approx({"generator": 5e-4, "discriminator": 2e-5})
    advance(trainer, 1)
    assert distance(weights(trainer.generator), before) == pytest.approx(5e-4, rel=1e-2)
    assert distance(opponent(trainer), judge) == pytest.approx(2e-5, rel=1e-2)


def test_the_guard_lets_the_discriminator_rest(game: Game) -> None:
    trainer = game("stage.adversarial.adversarial.guard=0.8")
    judge = adversary(trainer)
    judge.right = 0.9
    advance(trainer, 1)
    assert updates(trainer) == (1, 0)
    assert trainer.meter.read()["rested"] == 1
    # While it rests it is still measured, and it comes back when it is right less often.
    assert 0.95 * 0.9 < judge.right < 0.9
    judge.right = 0.7
    advance(trainer, 1)
    assert updates(trainer) == (2, 1)
    assert trainer.stage.state()[1]["adversary"]["right"] == judge.right


def test_feature_matching(game: Game) -> None:
    trainer = game("stage.adversarial.adversarial.feature_matching=3.0", PLAIN)
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    with torch.no_grad():
        fake = trainer.generator(batch.low)
        judge = adversary(trainer).network
        pairs = zip(judge(fake).features, judge(batch.high).features, strict=True)
        expected = 3 * torch.stack([(a - b).abs().mean() for a, b in pairs]).mean()
    values = trainer.stage.step(lambda: batch, 0, trainer.stage.rates(0.0)).values
    assert float(values["feature_matching"]) == pytest.approx(float(expected), rel=1e-5)
    assert "feature_matching" in trainer.stage.names
    without = game(PLAIN)
    without.stage.step(lambda: batch, 0, without.stage.rates(0.0))
    assert distance(weights(trainer.generator), weights(without.generator)) > 1e-5
    assert distance(opponent(trainer), opponent(without)) == 0


def test_the_discriminator_may_see_the_small_picture(game: Game) -> None:
    trainer = game("stage.adversarial.adversarial.condition=low")
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    judge = adversary(trainer).network
    seen = []
    judge.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[1]))
    trainer.stage.step(lambda: batch, 0, trainer.stage.rates(0.0))
    enlarged = torch.nn.functional.interpolate(batch.low, scale_factor=2, mode="bilinear")
    # The fakes for the generator, both for the discriminator, the real ones for the penalty.
    assert len(seen) == 4
    assert all(torch.equal(condition, enlarged) for condition in seen)
    with_it, with_another = (judge(batch.high, condition).scores[0] for condition in (enlarged, 1 - enlarged))
    assert not torch.allclose(with_it, with_another, rtol=0.01)
