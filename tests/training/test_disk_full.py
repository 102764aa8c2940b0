"""The disk is full: the training ends with exit code 5, and what was saved stays."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from srgan.cli import cli
from srgan.cli.errors import run as run_command
from srgan.errors import OutputError
from srgan.training import Checkpoint, Trainer, load_run, save_checkpoint
from srgan.training import checkpoint as checkpoint_module
from srgan.training.checkpoint import keep_best, list_checkpoints, newest_checkpoint, read_checkpoint, read_model
from tests.training.test_trainer import digest

OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")
# What takes room on a disk.
WRITES = ("save_file", "open", "mkdir", "fsync", "rename", "replace")


class FullDisk:
    """Lets the first `room` writes pass and refuses all others."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room, self.calls = room, 0
        places = {"save_file": checkpoint_module, "open": Path}
        for name in WRITES:
            owner = places.get(name, os)
            monkeypatch.setattr(owner, name, self._limited(getattr(owner, name)))

    def _limited(self, write: Callable[..., Any]) -> Callable[..., Any]:
        reading = Path.open

        def limited(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            if write is reading and not {*"awx"} & {*"".join(map(str, arguments[1:2]))}:
                return write(*arguments, **options)
            self.calls += 1
            if self.calls > self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(*arguments, **options)

        return limited


def checkpoint(step: int) -> Checkpoint:
    weights = {"w": torch.full((2, 3), float(step))}
    return Checkpoint(step, weights, {}, weights, {"log": 0})


def test_a_checkpoint_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write fails, the older ones are sound and nothing half-written is left."""
    with monkeypatch.context() as patched:
        disk = FullDisk(10**6, patched)
        save_checkpoint(tmp_path / "0", checkpoint(1), keep=1)
        first = disk.calls
        save_checkpoint(tmp_path / "0", checkpoint(2), keep=1)
        needed = disk.calls - first
    assert needed >= 9  # three files, their folder, its name
    for room in range(needed):
        folder = tmp_path / f"room {room}"
        save_checkpoint(folder, checkpoint(1), keep=1)
        with monkeypatch.context() as patched:
            FullDisk(room, patched)
            if room < needed - 1:
                with pytest.raises(OutputError, match=r"No space left on device; older checkpoints are intact"):
                    save_checkpoint(folder, checkpoint(2), keep=1)
            else:  # that only puts the old checkpoint aside, which may as well stay
                save_checkpoint(folder, checkpoint(2), keep=1)
        steps = [read_checkpoint(path).step for path in list_checkpoints(folder)]
        assert 1 in steps
        assert not list(folder.glob(".*"))
        save_checkpoint(folder, checkpoint(3), keep=1)
        assert [path.name for path in folder.iterdir()] == ["step_00000003"]


def test_the_best_model_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(step: int) -> None:
        weights = {"w": torch.full((2, 3), float(step))}
        keep_best(tmp_path, weights, {"step": step, "value": float(step)}, keep=1, lower_is_better=False)

    save(1)
    for room in (0, 1):
        with monkeypatch.context() as patched:
            FullDisk(room, patched)
            with pytest.raises(OutputError, match="No space left"):
                save(2)
        assert [path.name for path in tmp_path.iterdir()] == ["step_00000001.safetensors"]
        assert read_model(tmp_path / "step_00000001.safetensors")[1]["step"] == 1


def test_every_file_of_a_training(gan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log, the status, checkpoints and stage models alike: exit code 5, and it can go on."""
    whole = digest(Trainer(load_run(gan_file, (f"output={tmp_path / 'whole'}",))).train())
    with monkeypatch.context() as patched:
        disk = FullDisk(10**6, patched)
        Trainer(load_run(gan_file, (f"output={tmp_path / 'counted'}",))).train()
    output = tmp_path / "full"
    command = ["train", str(gan_file), "--set", f"output={output}"]
    for room in (0, 5, disk.calls // 3, disk.calls // 3):  # each goes on where the one before stopped
        with monkeypatch.context() as patched:
            FullDisk(room, patched)
            assert run_command(cli, command) == 5
        steps = [read_checkpoint(path).step for path in list_checkpoints(output / "tiny-gan" / "checkpoints")]
        assert steps or room < 12
    assert digest(Trainer(load_run(gan_file, (f"output={output}",))).train()) == whole


@pytest.mark.parametrize("what", ["the log", "TensorBoard"])
def test_what_is_only_looked_at(
    gan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """Files that no atomic write protects are no bug either when the disk is full."""
    from torch.utils.tensorboard import SummaryWriter

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if what == "the log":
        monkeypatch.setattr("srgan.training.history.History.add", full)
    else:
        monkeypatch.setattr(SummaryWriter, "add_scalar", full)
        monkeypatch.setattr(SummaryWriter, "close", full)
    assert run_command(cli, ["train", str(gan_file), "--set", f"output={tmp_path}"]) == 5
    said = capsys.readouterr().err
    assert "cannot write" in said
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "tiny-gan" / "status.json").read_text())["status"] == "stopped"


def in_a_child(code: str, environment: dict[str, str], *before: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, in which `srgan(path, output)` is the command line."""
    begin = "import sys; from srgan.cli import cli; from srgan.cli.errors import run\n"
    begin += (
        "def srgan(path, output): return run(cli, ['train', path, '--set', f'output={output}', '--set=log_every=1'])\n"
    )
    environment = {**environment, "SRGAN_DATA": os.environ["SRGAN_DATA"]}
    command = [*before, sys.executable, "-c", begin + code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_limit_on_the_size_of_files(gan_file: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """The system itself refuses: the checkpoints of the second stage, which hold both networks, are too large."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (125_000, 125_000))\n"
    done = in_a_child(f"{limit}sys.exit(srgan({str(gan_file)!r}, {str(tmp_path)!r}))", environment)
    assert done.returncode == 5, done.stderr
    assert "cannot save a checkpoint" in done.stderr
    assert "Traceback" not in done.stderr
    checkpoints = tmp_path / "tiny-gan" / "checkpoints"
    found = newest_checkpoint(checkpoints, warn=pytest.fail)
    assert found is not None
    assert found.step == 8
    assert all(path.name.startswith("step_") for path in checkpoints.iterdir())
    assert json.loads((tmp_path / "tiny-gan" / "status.json").read_text())["status"] == "stopped"


def can_mount() -> bool:
    """Whether this user may have a file system of its own."""
    if shutil.which("unshare") is None:
        return False
    probe = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no file system of one's own here")
def test_a_disk_that_is_really_full(gan_file: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """A tiny one with a filler on it: the training stops in the middle, and goes on when the filler is gone."""
    whole = Trainer(load_run(gan_file, (f"output={tmp_path / 'whole'}", "log_every=1"))).train()
    disk = tmp_path / "disk"
    disk.mkdir()
    code = f"""
import pathlib, shutil, subprocess
disk, copies = pathlib.Path({str(disk)!r}), pathlib.Path({str(tmp_path)!r})
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=True)
(disk / "filler").write_bytes(bytes(1_400_000))
codes = [srgan({str(gan_file)!r}, disk)]
shutil.copytree(disk / "tiny-gan", copies / "full")
(disk / "filler").unlink()
codes.append(srgan({str(gan_file)!r}, disk))
shutil.copytree(disk / "tiny-gan", copies / "finished")
sys.stderr.write(f"codes {{codes}}")
"""
    done = in_a_child(code, environment, *OWN_MOUNTS)
    assert done.stderr.endswith("codes [5, 0]"), done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    found = newest_checkpoint(tmp_path / "full" / "checkpoints", warn=pytest.fail)
    assert found is not None
    assert 0 < found.step < 20
    assert digest(tmp_path / "finished" / "checkpoints" / whole.name) == digest(whole)
