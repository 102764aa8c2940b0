"""Checkpoints: whole or absent."""

from pathlib import Path

import pytest
import torch

from srgan.errors import DivergedError, OutputError, UsageError
from srgan.training import Checkpoint, latest_checkpoint, read_checkpoint, read_model, save_checkpoint
from srgan.training.checkpoint import save_model, tidy_checkpoints


def checkpoint(step: int, value: float = 1.0) -> Checkpoint:
    weights = {"w": torch.full((2, 3), value)}
    return Checkpoint(step, weights, {"generator": {}}, {"generator.w": weights["w"] + 1}, {"run": "x"})


def test_round_trip_and_keep(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, checkpoint(step), keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step_00000002", "step_00000003"]
    newest = latest_checkpoint(tmp_path)
    assert newest is not None
    read = read_checkpoint(newest)
    assert (read.step, read.state, read.metadata) == (3, {"run": "x"}, {"generator": {}})
    assert torch.equal(read.model["w"], torch.ones(2, 3))
    assert torch.equal(read.tensors["generator.w"], torch.full((2, 3), 2.0))


def test_weights_that_are_not_finite_are_never_saved(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint(1), keep=3)
    with pytest.raises(DivergedError, match="not finite"):
        save_checkpoint(tmp_path, checkpoint(2, float("nan")), keep=3)
    assert [p.name for p in tmp_path.iterdir()] == ["step_00000001"]


def test_a_failed_save_keeps_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, checkpoint(1), keep=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("srgan.training.checkpoint.save_file", full)
    with pytest.raises(OutputError, match="No space left"):
        save_checkpoint(tmp_path, checkpoint(2), keep=1)
    assert [p.name for p in tmp_path.iterdir()] == ["step_00000001"]


def test_a_model_without_a_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "best").touch()
    with pytest.raises(OutputError, match=r"cannot make the folder .*best for a\.safetensors: (File exists|Not a dir)"):
        save_model(tmp_path / "best" / "a.safetensors", {"w": torch.ones(2)}, {})


def test_leftovers_of_a_killed_save_are_not_seen(tmp_path: Path) -> None:
    (tmp_path / ".step_00000009.part").mkdir()
    assert latest_checkpoint(tmp_path) is None
    assert latest_checkpoint(tmp_path / "absent") is None


def test_foreign_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, checkpoint(1), keep=1)
    weights = path / "resume.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UsageError, match=r"is damaged: resume\.safetensors changed"):
        read_checkpoint(path)
    (path / "state.json").unlink()
    with pytest.raises(UsageError, match="not a complete checkpoint"):
        read_checkpoint(path)
    (path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(UsageError, match="cannot be read as weights"):
        read_model(path)


def test_tidying_counts_from_the_newest_sound_one(tmp_path: Path) -> None:
    """What was killed before it removed old ones is made up for; a damaged newer one costs no sound one."""
    for step in (1, 2, 3, 4):
        save_checkpoint(tmp_path, checkpoint(step), keep=9)
    (tmp_path / ".step_00000001.gone").mkdir()
    tidy_checkpoints(tmp_path, checkpoint(3), keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step_00000002", "step_00000003", "step_00000004"]
