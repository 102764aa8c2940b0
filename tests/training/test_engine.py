"""The options of the engine, each against the training without it."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from srgan.data import Batch
from srgan.training import Trainer, load_run, read_checkpoint, read_model
from srgan.training.schedule import learning_rate
from srgan.training.validation import Validation, ValidationResult
from tests.training.toys import advance, distance, everything, log, make_trainer, weights

ADVERSARIAL = "init={weights='%s', stage='adversarial'}"
PLAIN = "stage.adversarial.discriminator.norm=none"


@pytest.fixture(scope="module")
def fidelity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the tiny network, to begin the adversarial stage with."""
    from srgan.networks import Compact

    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("weights") / "fidelity.safetensors"
    save_file(Compact(scale=2, channels=16, blocks=1).state_dict(), path)
    return path


@pytest.fixture
def game(gan_file: Path, fidelity: Path, tmp_path: Path) -> Iterator[Any]:
    """Makes trainers that begin with the adversarial stage."""
    count = iter(range(100))

    def make(*overrides: str) -> Trainer:
        trainer = make_trainer(gan_file, tmp_path / f"game{next(count)}", ADVERSARIAL % fidelity, *overrides)
        trainer._begin()
        return trainer

    return make


def opponent(trainer: Trainer) -> dict[str, torch.Tensor]:
    assert trainer.stage.adversary is not None
    return weights(trainer.stage.adversary.network)


# Gradient accumulation


def test_accumulated_gradients_are_those_of_the_whole_batch(game: Any) -> None:
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


# Half precision


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


# Compiled networks


def test_compiled_networks_are_used_everywhere_but_in_penalties(game: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wiring, with a compiler that changes nothing and so needs no C++ compiler."""
    calls = []

    def compiled(network: torch.nn.Module) -> Any:
        def call(*arguments: Any) -> Any:
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


# Schedules


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
    """40 steps of 3 seconds fit into two minutes; the schedule follows the clock to its end, before and after a stop."""
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
    wanted = {"steps": 1000, "warmup": 0, "peak": 2e-3, "final": 0.0, "milestones": [], "gamma": 1.0}
    assert rates == pytest.approx([learning_rate("cosine", 25.0 * step, **wanted) for step in range(40)], rel=1e-6)
    assert rates[-1] < 0.01 * rates[0]


# Crops that grow


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


def stop_after(trainer: Trainer, steps: int) -> None:
    """Let SIGTERM come in the step of this number, counted from 1."""
    count, step = iter(range(1, 1000)), trainer.train_step

    def interrupted(source: Iterator[Batch]) -> dict[str, float]:
        if next(count) == steps:
            signal.raise_signal(signal.SIGTERM)
        return step(source)

    trainer.train_step = interrupted  # type: ignore[method-assign]


# The discriminator's own rhythm


def updates(trainer: Trainer) -> tuple[int, int]:
    """Updates that the generator and the discriminator have had."""
    adversary = trainer.stage.adversary
    assert adversary is not None
    counts = []
    for player in (trainer.stage.player, adversary.player):
        steps = [tensor for name, tensor in player.state("x")[0].items() if name.endswith(".step")]
        counts.append(int(steps[0]) if steps else 0)
    return counts[0], counts[1]


def test_more_updates_of_the_discriminator(game: Any) -> None:
    """Each on a batch of its own, so that two steps are those of the batches 1 and 3, after 0 and 2."""
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


def test_fewer_updates_of_the_discriminator(game: Any) -> None:
    trainer = game("stage.adversarial.adversarial.every=3")
    seen = []
    for _ in range(7):
        before = opponent(trainer)["score.bias"]
        advance(trainer, 1)
        seen.append(not torch.equal(opponent(trainer)["score.bias"], before))
    assert seen == [True, False, False, True, False, False, True]
    assert updates(trainer) == (7, 3)


def test_the_discriminator_warms_up_alone(game: Any) -> None:
    trainer = game("stage.adversarial.adversarial.warmup=3")
    before, average, judge = weights(trainer.generator), weights(trainer.ema.network), opponent(trainer)
    advance(trainer, 3)
    assert distance(weights(trainer.generator), before) == distance(weights(trainer.ema.network), average) == 0
    assert distance(opponent(trainer), judge) > 1e-4
    assert updates(trainer) == (0, 3)
    advance(trainer, 1)
    assert distance(weights(trainer.generator), before) > 1e-5
    assert updates(trainer) == (1, 4)


def test_each_side_has_its_own_rate(game: Any) -> None:
    """Adam's first step is as long as the learning rate, and both follow one schedule."""
    trainer = game("stage.adversarial.train.lr=1e-3", "stage.adversarial.adversarial.lr=4e-5", PLAIN)
    before, judge = weights(trainer.generator), opponent(trainer)
    trainer.run.stages[1].train.warmup == 2  # of tiny.toml
    rates = trainer.stage.rates(0.0)
    assert rates == pytest.approx({"generator": 5e-4, "discriminator": 2e-5})
    advance(trainer, 1)
    assert distance(weights(trainer.generator), before) == pytest.approx(5e-4, rel=1e-2)
    assert distance(opponent(trainer), judge) == pytest.approx(2e-5, rel=1e-2)


def test_the_guard_lets_the_discriminator_rest(game: Any) -> None:
    trainer = game("stage.adversarial.adversarial.guard=0.8")
    adversary = trainer.stage.adversary
    adversary.right = 0.9
    advance(trainer, 1)
    assert updates(trainer) == (1, 0)
    assert trainer.meter.read()["rested"] == 1
    # While it rests it is still measured, and it comes back when it is right less often.
    assert 0.95 * 0.9 < adversary.right < 0.9
    adversary.right = 0.7
    advance(trainer, 1)
    assert updates(trainer) == (2, 1)
    assert trainer.stage.state()[1]["adversary"]["right"] == adversary.right


# More terms of the game


def test_feature_matching(game: Any) -> None:
    trainer = game("stage.adversarial.adversarial.feature_matching=3.0", PLAIN)
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    with torch.no_grad():
        fake = trainer.generator(batch.low)
        judge = trainer.stage.adversary.network
        pairs = zip(judge(fake).features, judge(batch.high).features, strict=True)
        expected = 3 * torch.stack([(a - b).abs().mean() for a, b in pairs]).mean()
    values = trainer.stage.step(lambda: batch, 0, trainer.stage.rates(0.0)).values
    assert float(values["feature_matching"]) == pytest.approx(float(expected), rel=1e-5)
    assert "feature_matching" in trainer.stage.names
    without = game(PLAIN)
    without.stage.step(lambda: batch, 0, without.stage.rates(0.0))
    assert distance(weights(trainer.generator), weights(without.generator)) > 1e-5
    assert distance(opponent(trainer), opponent(without)) == 0


def test_the_discriminator_may_see_the_small_picture(game: Any) -> None:
    trainer = game("stage.adversarial.adversarial.condition=low")
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    judge = trainer.stage.adversary.network
    seen = []
    judge.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[1]))
    trainer.stage.step(lambda: batch, 0, trainer.stage.rates(0.0))
    enlarged = torch.nn.functional.interpolate(batch.low, scale_factor=2, mode="bilinear")
    # The fakes for the generator, both for the discriminator, the real ones for the penalty.
    assert len(seen) == 4
    assert all(torch.equal(condition, enlarged) for condition in seen)
    scores = [judge(batch.high, condition).scores[0] for condition in (enlarged, 1 - enlarged)]
    assert not torch.allclose(*scores, rtol=0.01)


# Weights to start from


def test_start_from_a_stage_file_a_run_and_a_checkpoint(gan_file: Path, run_file: Path, tmp_path: Path) -> None:
    """Each gives the averaged weights that it holds; the optimiser is new."""
    first = make_trainer(gan_file, tmp_path)
    last = first.train()
    stage = tmp_path / "tiny-gan" / "stages" / "fidelity.safetensors"
    for index, source in enumerate((stage, tmp_path / "tiny-gan", last)):
        trainer = make_trainer(run_file, tmp_path / str(index), f"init.weights={source}", "train.steps=3")
        trainer._begin()
        expected = read_model(last if index else stage)[0]
        assert distance(weights(trainer.generator), expected) == distance(weights(trainer.ema.network), expected) == 0
        path = trainer.train()
        assert distance(read_model(path)[0], expected) > 0
        described = read_model(path)[1]["init"]
        assert described["weights"] == str(source)
        assert described["loaded"].startswith("10 of 10")
        assert (described["sha256"] is not None) == source.is_file()


def test_start_from_a_part(run_file: Path, fidelity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    larger = ("generator.blocks=2", f"init={{weights='{fidelity}', partial=true}}")
    trainer = make_trainer(run_file, tmp_path, *larger)
    fresh = weights(trainer.generator)
    trainer._begin()
    loaded, given = weights(trainer.generator), read_raw(fidelity)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in given.items())
    assert all(torch.equal(loaded[name], fresh[name]) for name in loaded.keys() - given.keys())
    assert loaded.keys() - given.keys()
    assert "10 of 14 tensors loaded" in capsys.readouterr().err


def read_raw(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def test_begin_with_a_later_stage(gan_file: Path, fidelity: Path, tmp_path: Path) -> None:
    trainer = make_trainer(gan_file, tmp_path, ADVERSARIAL % fidelity)
    assert trainer.train().name == "step_00000012"
    assert {entry["stage"] for entry in log(trainer)} == {"adversarial"}
    assert not (tmp_path / "tiny-gan" / "stages" / "fidelity.safetensors").exists()


# From stage to stage


def test_a_stage_begins_with_the_average_of_the_one_before(
    gan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(gan_file, tmp_path)
    hand_over = trainer._next_stage
    seen = []

    def watched() -> None:
        raw, average = weights(trainer.generator), weights(trainer.ema.network)
        hand_over()
        seen.append((raw, average, weights(trainer.generator), weights(trainer.ema.network)))
        assert updates(trainer) == (0, 0)

    monkeypatch.setattr(trainer, "_next_stage", watched)
    trainer.train()
    [(raw, average, started, started_average)] = seen
    assert distance(raw, average) > 1e-5
    assert distance(started, average) == distance(started_average, average) == 0
    stages = tmp_path / "tiny-gan" / "stages"
    assert distance(read_model(stages / "fidelity.safetensors")[0], average) == 0
    assert distance(read_model(stages / "adversarial.safetensors")[0], weights(trainer.ema.network)) == 0
    assert [entry["stage"] for entry in log(trainer)] == ["fidelity"] * 8 + ["adversarial"] * 12
    assert trainer.checkpoints.joinpath("step_00000008").is_dir()


def test_resume_within_each_stage_and_between_them(gan_file: Path, tmp_path: Path) -> None:
    whole = make_trainer(gan_file, tmp_path / "whole")
    last = everything(whole.train())
    for stop in (5, 8, 9, 15):
        broken = make_trainer(gan_file, tmp_path / f"broken{stop}")
        stop_after(broken, stop)
        with pytest.raises(SystemExit):
            broken.train()
        torch.manual_seed(1)
        resumed = make_trainer(gan_file, tmp_path / f"broken{stop}")
        assert distance(everything(resumed.train()), last) == 0, stop
        assert log(resumed) == log(whole)


def test_a_child_run_file_changes_one_stage(gan_file: Path, tmp_path: Path) -> None:
    child = tmp_path / "child.toml"
    child.write_text(
        f"""extends = "{gan_file.as_posix()}"
        [stage.adversarial.train]
        lr = 5e-5
        [stage.adversarial.adversarial.penalty.r1]
        gamma = 7.0
        [stage.1.loss.0]
        weight = 0.25
        """
    )
    run, parent = load_run(child, ("stage.adversarial.train.steps=3", "train.batch=8")), load_run(gan_file)
    assert run.stages[0].model_dump() == {
        **parent.stages[0].model_dump(),
        "train": {**parent.stages[0].train.model_dump(), "batch": 8},
    }
    second = run.stages[1]
    assert (second.train.lr, second.train.steps, second.train.batch) == (5e-5, 3, 8)
    assert second.train.schedule == "multistep"
    assert second.loss == [{"kind": "l1", "weight": 0.25}]
    assert second.adversarial is not None
    assert second.adversarial.penalty == [{"kind": "r1", "every": 4, "gamma": 7.0}]


def test_averages_may_be_switched_off_in_one_stage(gan_file: Path, tmp_path: Path) -> None:
    last = make_trainer(gan_file, tmp_path, "stage.adversarial.train.ema=0.0").train()
    first = read_checkpoint(last.with_name("step_00000008"))
    final = read_checkpoint(last)
    for checkpoint, follows in ((first, False), (final, True)):
        raw = {name: checkpoint.tensors[f"generator.{name}"] for name in checkpoint.model}
        assert (distance(raw, checkpoint.model) == 0) == follows


# The best models


@pytest.mark.parametrize(
    ("metric", "kept"),
    [("psnr_y", ["step_00000012", "step_00000016"]), ("lpips", ["step_00000004", "step_00000008"])],
)
def test_the_best_models_are_kept(
    run_file: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str, kept: list[str]
) -> None:
    """Of five validations the two best ones stay: of PSNR the highest, of LPIPS the lowest; of equals the earlier."""
    values = iter([20.0, 21.0, 23.0, 22.0, 22.0])
    measured = ({"psnr_y": value, "ssim_y": 0.5, "lpips": value} for value in values)
    monkeypatch.setattr("srgan.training.validation.LpipsMetric", lambda: None)
    monkeypatch.setattr(Validation, "measure", lambda *_: ValidationResult(next(measured), {}))
    trainer = make_trainer(
        run_file,
        tmp_path,
        f"validation={{high='{pictures / 'valid'}', every=4, lpips=true}}",
        f"checkpoint={{best=2, metric='{metric}', every=1000}}",
    )
    trainer.train()
    best = sorted((tmp_path / "tiny" / "best").iterdir())
    assert [path.name for path in best] == [f"{name}.safetensors" for name in kept]
    described = [read_model(path)[1] for path in best]
    assert [entry["metric"] for entry in described] == [metric] * 2
    assert [entry["value"] for entry in described] == ([23.0, 22.0] if metric == "psnr_y" else [20.0, 21.0])
