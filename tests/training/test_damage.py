"""The newest checkpoint of a GAN training is damaged: it goes on from the one before, and ends as if nothing were."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.training import Trainer, load_run, read_checkpoint, save_checkpoint


def flip(file: Path, place: float) -> None:
    """Change one bit, at this share of the file."""
    content = bytearray(file.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    file.write_bytes(content)


def shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a bit of the weights": lambda folder: flip(folder / "model.safetensors", 0.9),
    "a bit of the description": lambda folder: flip(folder / "model.safetensors", 0.01),
    "a bit of the optimisers": lambda folder: flip(folder / "resume.safetensors", 0.7),
    "a cut model": lambda folder: shorten(folder / "model.safetensors"),
    "a cut state": lambda folder: shorten(folder / "state.json"),
    "an empty state": lambda folder: (folder / "state.json").write_bytes(b""),
    "no checksums": lambda folder: (folder / "state.json").write_text('{"sha256": {}, "step": 15}'),
    "no optimisers": lambda folder: (folder / "resume.safetensors").unlink(),
    "nothing": empty,
}


def files(folder: Path) -> dict[str, str]:
    """sha256 of everything but what tells times."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = {path.relative_to(folder).as_posix(): path for path in paths if "tensorboard" not in path.parts}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kept.items() if name != "status.json"}


def make(gan_file: Path, output: Path) -> Trainer:
    return Trainer(load_run(gan_file, (f"output={output}", "checkpoint.keep=9", "log_every=3")))


@pytest.fixture
def stopped(gan_file: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A run's folder, as if killed after step 18, and what the unbroken run left."""
    trainer = make(gan_file, tmp_path)
    trainer.train()
    expected = files(trainer.run.folder)
    shutil.rmtree(trainer.checkpoints / "step_00000020")
    (trainer.run.folder / "stages" / "adversarial.safetensors").unlink()
    return trainer.run.folder, expected


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_checkpoint_before_is_taken(
    gan_file: Path, stopped: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    folder, expected = stopped
    DAMAGES[damage](folder / "checkpoints" / "step_00000015")
    capsys.readouterr()
    make(gan_file, folder.parent).train()
    said = capsys.readouterr().err
    assert "warning: " in said
    assert "step_00000015" in said
    assert "trying an older one" in said
    assert "continuing tiny-gan from step 10" in said
    assert files(folder) == expected


def test_the_stage_before_is_taken(
    gan_file: Path, stopped: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """All checkpoints of the adversarial stage are damaged: it begins anew from the end of the first one."""
    folder, expected = stopped
    for step in (10, 15):
        flip(folder / "checkpoints" / f"step_{step:08d}" / "resume.safetensors", 0.5)
    capsys.readouterr()
    make(gan_file, folder.parent).train()
    said = capsys.readouterr().err
    assert said.count("trying an older one") == 2
    assert "continuing tiny-gan from step 8" in said
    assert files(folder) == expected


def test_every_byte_of_the_state_counts(stopped: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """Counters and rates are as important as weights: no changed byte of ``state.json`` goes unnoticed."""
    folder, _ = stopped
    path = save_checkpoint(tmp_path / "one", read_checkpoint(folder / "checkpoints" / "step_00000015"), keep=1)
    state = path / "state.json"
    sound = state.read_bytes()
    for place in range(len(sound)):
        changed = bytearray(sound)
        changed[place] ^= 1
        state.write_bytes(changed)
        with pytest.raises(UsageError):
            read_checkpoint(path)
    state.write_bytes(sound)
    assert read_checkpoint(path).step == 15


def test_a_finished_run_is_tidied(gan_file: Path, tmp_path: Path) -> None:
    """It was killed after its last checkpoint, before it removed the old ones and its temporaries."""
    trainer = make(gan_file, tmp_path)
    trainer.train()
    strays = [trainer.checkpoints / ".step_00000005.gone", trainer.run.folder / "stages" / ".srgan-1-ab.part"]
    strays[0].mkdir()
    strays[1].write_bytes(b"half")
    Trainer(load_run(gan_file, (f"output={tmp_path}", "checkpoint.keep=2"))).train()
    assert sorted(path.name for path in trainer.checkpoints.iterdir()) == ["step_00000015", "step_00000020"]
    assert not strays[1].exists()
