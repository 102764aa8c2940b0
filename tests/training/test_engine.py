"""Arithmetic, schedules and crops: each option against the training without it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from srgan.data import Batch
from srgan.training import Trainer, read_checkpoint, read_model
from srgan.training.schedule import warmup_cosine
from tests.training.toys import (
    Game,
    advance,
    distance,
    everything,
    log,
    make_trainer,
    opponent,
    stop_after,
    weights,
)

PLAIN = "stage.adversarial.discriminator.norm=none"


def test_accumulated_gradients_are_those_of_the_whole_batch(game: Game) -> None:
    """All terms are means over pictures, the penalty too, so four parts of a batch are the batch."""
    penalty = "stage.adversarial.adversarial.penalty=[{kind='r1'}]"
    whole, parts, without = (
        game(PLAIN, penalty),
        game(PLAIN, penalty, "stage.adversarial.train.accumulate=4"),
        game(PLAIN, "stage.adversarial.adversarial.penalty=[]"),
    )
    for trainer in (whole, parts, without):
        advance(trainer, 6)
    assert distance(weights(whole.generator), weights(parts.generator)) < 1e-6
    assert distance(opponent(whole), opponent(parts)) < 1e-6
    assert distance(opponent(whole), opponent(without)) > 1e-5


def test_fp16_scales_the_loss_and_resumes_bit_for_bit(gan_file: Path, tmp_path: Path) -> None:
    half = ("train.precision=fp16", "stage.adversarial.data.patch=16")
    whole = make_trainer(gan_file, tmp_path / "whole", *half)
    last = whole.train()
    players = read_checkpoint(last).state["players"]
    assert players["optimiser"]["scaler"]["scale"] == players["adversary"]["optimiser"]["scaler"]["scale"] == 2.0**16
    broken = make_trainer(gan_file, tmp_path / "broken", *half, "checkpoint.every=5")
    stop_after(broken, 11)
    with pytest.raises(SystemExit):
        broken.train()
    resumed = make_trainer(gan_file, tmp_path / "broken", *half).train()
    assert distance(everything(last), everything(resumed)) == 0
    exact = make_trainer(gan_file, tmp_path / "exact").train()
    assert 0 < distance(read_model(last)[0], read_model(exact)[0]) < 0.01


def test_an_overflow_lowers_the_scale_and_is_no_fault(run_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(run_file, tmp_path, "train.precision=fp16")
    tensors, scalars = trainer.stage.state()
    scalars["optimiser"]["scaler"] = {**trainer.stage.state()[1]["optimiser"]["scaler"], "scale": 1e30}
    trainer.stage.restore(tensors, scalars)
    before, average = weights(trainer.generator), weights(trainer.ema.network)
    advance(trainer, 1)
    assert trainer.stage.state()[1]["optimiser"]["scaler"]["scale"] == pytest.approx(5e29)
    assert distance(weights(trainer.generator), before) == distance(weights(trainer.ema.network), average) == 0
    assert trainer.recovery.state()["skipped"] == 0
    assert trainer.step == 1


def test_compiled_networks_are_used_everywhere_but_in_penalties(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wiring, with a compiler that changes nothing and so needs no C++ compiler."""
    calls = []

    def compiled(network: torch.nn.Module) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            calls.append((type(network).__name__, torch.is_grad_enabled()))
            return network(*arguments)

        return call

    matching = "stage.adversarial.adversarial.feature_matching=1.0"
    plain = game(matching)
    monkeypatch.setattr(torch, "compile", compiled)
    trainer = game(matching, "stage.adversarial.train.compile=true")
    for one in (plain, trainer):
        advance(one, 1)
    # The generator; its pictures and the real ones before the discriminator, for both sides. The penalty: uncompiled.
    assert calls == [("Compact", True), *(("Patch", grad) for grad in (True, False, True, True))]
    assert distance(weights(plain.generator), weights(trainer.generator)) == 0
    assert distance(opponent(plain), opponent(trainer)) == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on CPUs")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_networks_train_to_the_same_weights(
    gan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch._inductor.config, "compile_threads", 1)  # no helpers that outlive the test
    short = ("stage.fidelity.train.steps=5", "stage.adversarial.train.steps=5")
    plain = make_trainer(gan_file, tmp_path / "plain", *short).train()
    compiled = make_trainer(gan_file, tmp_path / "compiled", *short, "train.compile=true").train()
    torch._dynamo.reset()
    assert distance(everything(compiled), everything(plain)) < 1e-5
    assert read_model(compiled)[0].keys() == read_model(plain)[0].keys()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("schedule='constant', warmup=4", [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1]),
        (
            "schedule='multistep', milestones=[0.2, 0.7], gamma=0.1, warmup=0",
            [1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01],
        ),
        ("schedule='multistep', milestones=[0.5], warmup=2", [0.5, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5]),
        ("schedule='cosine', warmup=0, final_lr=2e-4", [(0.6 + 0.4 * np.cos(np.pi * step / 9)) for step in range(10)]),
        ("schedule='cosine', warmup=9, final_lr=0", [step / 9 for step in range(1, 10)] + [1]),
    ],
)
def test_schedules(run_file: Path, tmp_path: Path, options: str, expected: list[float]) -> None:
    trainer = make_trainer(run_file, tmp_path, f"train={{steps=10, batch=2, lr=1e-3, {options}}}")
    trainer.train()
    rates = [entry["lr"]["generator"] for entry in log(trainer)]
    assert rates == pytest.approx([1e-3 * value for value in expected], rel=1e-6, abs=1e-12)


class Clock:
    """Time for which a step takes three seconds, and nothing else takes any."""

    def __init__(self, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, step = 0.0, trainer.train_step

        def timed(source: Iterator[Batch]) -> dict[str, float]:
            self.now += 3.0
            return step(source)

        monkeypatch.setattr(trainer, "train_step", timed)
        monkeypatch.setattr("srgan.training.trainer.time", self)

    def monotonic(self) -> float:
        return self.now


def test_a_budget_of_minutes(run_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 steps of 3 seconds fit into two minutes; the schedule follows the clock to its end, stopped or not."""
    budget = ("train.max_minutes=2", "train.steps=1000", "train.warmup=0", "train.final_lr=0")
    trainer = make_trainer(run_file, tmp_path, *budget)
    Clock(trainer, monkeypatch)
    stop_after(trainer, 30)
    with pytest.raises(SystemExit):
        trainer.train()
    resumed = make_trainer(run_file, tmp_path, *budget)
    Clock(resumed, monkeypatch)
    assert resumed.train().name == "step_00000040"
    rates = [entry["lr"]["generator"] for entry in log(resumed)]
    wanted = [warmup_cosine(25.0 * step, steps=1000, warmup=0, peak=2e-3, final=0.0) for step in range(40)]
    assert rates == pytest.approx(wanted, rel=1e-6)
    assert rates[-1] < 0.01 * rates[0]


def test_crops_grow_at_their_steps(run_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = "data.progressive=[{until=0.3, patch=8}, {until=0.6, patch=12}]"
    trainer = make_trainer(run_file, tmp_path / "whole", growing)
    sides = watch_sides(trainer, monkeypatch)
    whole = trainer.train()
    assert sides == [8] * 6 + [12] * 6 + [16] * 8
    for stop in (4, 6, 9):
        broken = make_trainer(run_file, tmp_path / f"broken{stop}", growing)
        stop_after(broken, stop)
        with pytest.raises(SystemExit):
            broken.train()
        resumed = make_trainer(run_file, tmp_path / f"broken{stop}", growing)
        sides = watch_sides(resumed, monkeypatch)
        assert distance(everything(resumed.train()), everything(whole)) == 0
        assert sides == ([8] * 6 + [12] * 6 + [16] * 8)[stop:]


def watch_sides(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sides: list[int] = []
    step = trainer.train_step

    def watched(source: Iterator[Batch]) -> dict[str, float]:
        def looked_at() -> Iterator[Batch]:
            batch = next(source)
            sides.append(batch.low.shape[-1])
            assert batch.high.shape[-1] == 2 * batch.low.shape[-1]
            yield batch

        return step(looked_at())

    monkeypatch.setattr(trainer, "train_step", watched)
    return sides
