"""The trainer: it learns, it resumes bit for bit, it stops cleanly."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from srgan.errors import DivergedError, UsageError
from srgan.training import Trainer, load_run, read_checkpoint, read_model


def digest(checkpoint: Path) -> dict[str, str]:
    """sha256 of everything in a checkpoint."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(checkpoint.iterdir())}


def trainer(run_file: Path, output: Path, *overrides: str) -> Trainer:
    return Trainer(load_run(run_file, (f"output={output}", *overrides)))


def interrupt(broken: Trainer, steps: int) -> None:
    """Train some steps and save, as at a signal."""
    broken.save()
    stage = broken.stage.section
    stream = broken.feeding.batches(stage, stage.data.patch_at(1.0)).iterate(0)
    for _ in range(steps):
        broken.train_step(stream)
    stream.close()
    broken.save()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_resume_is_bit_exact(run_file: Path, tmp_path: Path, precision: str) -> None:
    """2N steps equal N steps, a new process's state, and N more: weights, EMA, optimiser, random numbers."""
    arithmetic = f"train.precision={precision}"
    whole = trainer(run_file, tmp_path / "whole", arithmetic).train()
    broken = trainer(run_file, tmp_path / "broken", arithmetic)
    interrupt(broken, 10)
    torch.manual_seed(123)
    resumed = trainer(run_file, tmp_path / "broken", arithmetic).train()
    assert resumed.name == whole.name == "step_00000020"
    assert digest(resumed) == digest(whole)


def test_killed_training_continues_to_the_same_weights(run_file: Path, tmp_path: Path) -> None:
    whole = trainer(run_file, tmp_path / "whole").train()
    code = (
        "import sys; from pathlib import Path; from srgan.training import Trainer, load_run;"
        "print(Trainer(load_run(Path(sys.argv[1]), ('output=' + sys.argv[2], 'checkpoint.every=1'))).train())"
    )
    command = [sys.executable, "-c", code, str(run_file), str(tmp_path / "killed")]
    environment = {**os.environ, "PYTHONPATH": str(run_file.parents[1])}
    checkpoints = tmp_path / "killed" / "tiny" / "checkpoints"
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(checkpoints.glob("step_*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    resumed = read_checkpoint(Path(done.stdout.strip()))
    expected = read_checkpoint(whole)
    assert resumed.step == expected.step == 20
    for part in ("model", "tensors"):
        one, two = getattr(resumed, part), getattr(expected, part)
        assert one.keys() == two.keys()
        assert all(torch.equal(one[name], two[name]) for name in one)


def test_sigterm_saves_and_the_next_run_continues(run_file: Path, tmp_path: Path) -> None:
    first = trainer(run_file, tmp_path)
    steps = iter(range(100))
    step = first.train_step

    def interrupted(*arguments: object) -> object:
        if next(steps) == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(*arguments)  # type: ignore[arg-type]

    first.train_step = interrupted  # type: ignore[assignment, method-assign]
    with pytest.raises(SystemExit) as ended:
        first.train()
    assert ended.value.code == 143
    assert read_checkpoint(first.checkpoints / "step_00000008").step == 8
    assert trainer(run_file, tmp_path).train().name == "step_00000020"


def test_it_learns(run_file: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """200 steps on simple pictures must beat the bicubic picture that the network starts from."""
    trainer(
        run_file,
        tmp_path,
        "train.steps=200",
        "train.lr=5e-3",
        f"validation.high={pictures / 'valid'}",
        "validation.every=100",
        "validation.crop=64",
    ).train()
    lines = [line for line in capsys.readouterr().err.splitlines() if "psnr_y" in line]
    values = [float(line.split("psnr_y ")[1].split()[0]) for line in lines]
    from srgan.images import crop_to_multiple, imresize, read
    from srgan.metrics import luma, psnr, without_border

    real = read(pictures / "valid" / "d.png").rgb[4:68, 8:72]
    bicubic = imresize(imresize(crop_to_multiple(real, 2), scale=0.5), scale=2)
    start = psnr(without_border(luma(bicubic), 2), without_border(luma(real), 2))
    assert len(values) == 2
    assert values[-1] > start + 0.3


def test_checkpoints_describe_the_model(run_file: Path, tmp_path: Path) -> None:
    _, metadata = read_model(trainer(run_file, tmp_path).train())
    assert metadata["scale"] == 2
    assert metadata["receptive_field"] == 5
    assert metadata["step"] == 20
    assert len(metadata["data_hash"]) == len(metadata["training_run_hash"]) == 64
    assert metadata["generator"]["kind"] == "compact"
    # The run travels as written: no folder of the machine that it ran on.
    assert str(tmp_path) not in str(metadata)
    assert "${SRGAN_DATA}/train" in metadata["training_run"]


def test_another_run_does_not_continue_in_the_same_folder(run_file: Path, tmp_path: Path) -> None:
    trainer(run_file, tmp_path).train()
    with pytest.raises(UsageError, match="holds another training"):
        trainer(run_file, tmp_path, "seed=8").train()


def test_other_pictures_than_before_are_told(
    run_file: Path,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(pictures, mine)
    monkeypatch.setenv("SRGAN_DATA", str(mine))
    interrupt(trainer(run_file, tmp_path), 10)
    first = next(path for path in sorted((mine / "train").iterdir()) if path.is_file())
    shutil.copy(first, first.with_name(f"again{first.suffix}"))
    capsys.readouterr()
    trainer(run_file, tmp_path).train()
    words = "the pictures are no longer those that this training had so far"
    assert f"warning: {words}" in capsys.readouterr().err
    assert words in (tmp_path / "tiny" / "log.jsonl").read_text(encoding="utf-8")


def test_a_finished_run_is_not_trained_again(run_file: Path, tmp_path: Path) -> None:
    first = digest(trainer(run_file, tmp_path).train())
    assert digest(trainer(run_file, tmp_path).train()) == first


def test_divergence_is_an_error_and_nothing_broken_is_saved(run_file: Path, tmp_path: Path) -> None:
    diverging = trainer(run_file, tmp_path, "log_every=1")
    with torch.no_grad():
        next(diverging.generator.parameters()).fill_(float("nan"))
    with pytest.raises(DivergedError, match="not finite"):
        diverging.train()
    assert not list(diverging.checkpoints.glob("step_*"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused(run_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="finds no GPU"):
        trainer(run_file, tmp_path, "train.device=cuda")


def test_adamw_and_ema_off(run_file: Path, tmp_path: Path) -> None:
    path = trainer(run_file, tmp_path, "train.optimiser=adamw", "train.weight_decay=0.1", "train.ema=0.0").train()
    checkpoint = read_checkpoint(path)
    assert all(
        torch.equal(weight, checkpoint.tensors[f"generator.{name}"]) for name, weight in checkpoint.model.items()
    )


def test_pairs_of_folders(run_file: Path, pictures: Path, tmp_path: Path) -> None:
    """Small pictures that are given train the same weights as the equal ones that are made."""
    from PIL import Image

    from srgan.images import imresize, read

    low = tmp_path / "low"
    low.mkdir()
    for path in (pictures / "train").iterdir():
        Image.fromarray(imresize(read(path).rgb, scale=0.5)).save(low / f"{path.stem}x2.png")
    made = trainer(run_file, tmp_path / "made").train()
    cached = f"data.cache={tmp_path / 'cache'}"
    given = trainer(run_file, tmp_path / "given", f"data.low={low}", cached).train()
    one, two = (read_model(path)[0] for path in (made, given))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_tensorboard_shows_losses_metrics_and_pictures(run_file: Path, pictures: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = trainer(run_file, tmp_path, f"validation.high={pictures / 'valid'}", "validation.every=10", "log_every=5")
    run.train()
    events = EventAccumulator(str(run.run.folder / "tensorboard"))
    events.Reload()
    tags = events.Tags()
    assert {"losses/l1", "losses/fft", "lr", "metrics/validation/psnr_y", "speed/data_wait_percent"} <= {
        *tags["scalars"]
    }
    assert tags["images"] == ["images/validation/d"]
    assert [event.step for event in events.Scalars("losses/l1")] == [5, 10, 15, 20]
    assert [event.step for event in events.Images("images/validation/d")] == [10, 20]


def test_a_damaged_checkpoint_is_skipped(run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = digest(trainer(run_file, tmp_path).train())
    checkpoints = tmp_path / "tiny" / "checkpoints"
    newest, older = checkpoints / "step_00000020", checkpoints / "step_00000015"
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    capsys.readouterr()
    assert digest(trainer(run_file, tmp_path).train()) == whole
    said = capsys.readouterr().err
    assert "model.safetensors changed since it was written" in said
    assert "continuing tiny from step 15" in said
    for folder in (newest, older):
        (folder / "state.json").write_text("{}")
    with pytest.raises(UsageError, match=r"no checkpoint in .* can be read"):
        trainer(run_file, tmp_path).train()
