"""From stage to stage, from other weights, and which models stay."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from srgan.files import sha256_file
from srgan.training import load_run, read_checkpoint, read_model
from srgan.training.starting import find_model
from srgan.training.validation import Validation, ValidationResult
from tests.training.toys import (
    distance,
    everything,
    log,
    make_trainer,
    stop_after,
    updates,
    weights,
)


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
        assert described["sha256"] == sha256_file(find_model(source))


def test_start_from_a_part(run_file: Path, fidelity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    larger = ("generator.blocks=2", f"init={{weights='{fidelity}', partial=true}}")
    trainer = make_trainer(run_file, tmp_path, *larger)
    fresh = weights(trainer.generator)
    trainer._begin()
    loaded, given = weights(trainer.generator), load_file(fidelity)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in given.items())
    assert all(torch.equal(loaded[name], fresh[name]) for name in loaded.keys() - given.keys())
    assert loaded.keys() - given.keys()
    assert "10 of 14 tensors loaded" in capsys.readouterr().err


def test_begin_with_a_later_stage(gan_file: Path, fidelity: Path, tmp_path: Path) -> None:
    trainer = make_trainer(gan_file, tmp_path, f"init={{weights='{fidelity}', stage='adversarial'}}")
    assert trainer.train().name == "step_00000012"
    assert {entry["stage"] for entry in log(trainer)} == {"adversarial"}
    assert not (tmp_path / "tiny-gan" / "stages" / "fidelity.safetensors").exists()


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
