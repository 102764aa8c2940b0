"""Several processes are one training: torchrun, gloo, what they agree on and who speaks."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from srgan.cli import cli
from srgan.cli.errors import run as run_cli
from srgan.errors import UsageError
from srgan.training import load_run, make_generator
from srgan.training.pair_feeding import PairFeeding
from srgan.training.processes import Processes
from srgan.training.super_resolution_run import SuperResolutionRun
from tests.training.toys import FEW_FILES, distance, everything, log, make_trainer

# Twenty steps of each stage, the penalty in every second one, measured on its way in each.
STAGES = (
    "stage.fidelity.train.steps=20",
    "stage.adversarial.train.steps=20",
    "stage.adversarial.adversarial.penalty=[{kind='r1', gamma=1.0, every=2}]",
)
RELATIVISTIC = (
    "stage.fidelity.train.steps=4",
    "stage.adversarial.train.steps=20",
    "stage.adversarial.adversarial.objective={kind='nonsaturating', relativistic='average'}",
    "stage.adversarial.adversarial.steps=2",
    "stage.adversarial.adversarial.feature_matching=0.1",
    "stage.adversarial.adversarial.condition=low",
    "stage.adversarial.data.patch=12",
)
EQUAL = 1e-6


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture
def children(environment: dict[str, str], run_file: Path) -> dict[str, str]:
    """The environment of processes that share this machine: one thread each."""
    return {**environment, "SRGAN_DATA": os.environ["SRGAN_DATA"], "OMP_NUM_THREADS": "1"}


def parts(checkpoint: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The tensors of a checkpoint by what they belong to."""
    found: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in everything(checkpoint).items():
        found.setdefault(name.split(".")[0], {})[name] = tensor
    return found


def test_torchrun_with_two_processes_is_one_training(
    gan_file: Path, tmp_path: Path, children: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Averaged and raw weights of both sides, after twenty steps of either stage with R1."""
    overrides = (f"output={tmp_path / 'two'}", *FEW_FILES, *STAGES)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    command += [str(free_port()), "-m", "srgan", "train", str(gan_file)]
    command += [word for override in overrides for word in ("--set", override)]
    done = subprocess.run(command, env=children, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    two = tmp_path / "two" / "tiny-gan"
    one = make_trainer(gan_file, tmp_path / "one", *STAGES)
    one.train()
    for step, sides in (20, ("average", "generator")), (40, ("average", "generator", "discriminator")):
        name = f"step_{step:08d}"
        mine, theirs = parts(one.checkpoints / name), parts(two / "checkpoints" / name)
        assert mine.keys() == theirs.keys()
        assert {side: distance(mine[side], theirs[side]) for side in sides} == pytest.approx(
            dict.fromkeys(sides, 0.0), abs=EQUAL
        )
        assert distance(mine["generator"], parts(one.checkpoints / "step_00000000")["generator"]) > 1e-2
    # Only the first one speaks and writes; what it says are means over both.
    assert done.stdout.split() == [str(two / "checkpoints" / "step_00000040")]
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("step ")] == [
        f"{step}/40" for step in range(1, 41)
    ]
    assert done.stderr.count("stage adversarial") == 1
    assert len(list((two / "tensorboard").iterdir())) == 1
    logged = [json.loads(line) for line in (two / "log.jsonl").read_text().splitlines()]
    for mine, theirs in zip(log(one), logged, strict=True):
        assert theirs["losses"] == pytest.approx(mine["losses"], rel=1e-4)


def test_what_two_processes_agree_on(gan_file: Path, tmp_path: Path, children: dict[str, str]) -> None:
    """A signal, a full disk, broken weights and a broken loss of one concern both."""
    port = str(free_port())
    short = ["train.warmup=0", "stage.fidelity.train.steps=8", "stage.adversarial.train.steps=2"]
    cached = [f"data.cache={tmp_path / 'cache'}"]
    scenes = {
        "stopped": [*RELATIVISTIC, *cached],
        **dict.fromkeys(("full_disk", "broken_weights", "fault_of_one"), short),
        # Its normalisation keeps a batch of the first step, which must be the same for both.
        "drawn_latents": ["discriminator.norm=virtual", "discriminator.reference=4"],
    }
    command = [sys.executable, "-m", "tests.training.two_processes", str(gan_file), str(tmp_path), json.dumps(scenes)]
    world = {**children, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    started = [
        subprocess.Popen(
            command,
            env={**world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    ended = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0], ended
    first, second = (json.loads(output) for output, _ in ended)
    assert ended[1][1] == ""

    assert first["stopped"] == second["stopped"] == {"code": 143, "step": 11}
    assert "stopped at step 11; the same command continues" in ended[0][1]
    # It goes on as one process, and no step of both was different: relativistic means are over the whole batch.
    one = make_trainer(gan_file, tmp_path / "one", *RELATIVISTIC).train()
    resumed = make_trainer(gan_file, tmp_path / "stopped", *RELATIVISTIC).train()
    mine, theirs = parts(one), parts(resumed)
    sides = ("average", "generator", "discriminator")
    for side in (mine, theirs):
        # Relativistic scores do not depend on it: its gradient is rounding alone, of which Adam makes whole steps.
        del side["discriminator"]["discriminator.score.bias"]
    assert {side: distance(mine[side], theirs[side]) for side in sides} == pytest.approx(
        dict.fromkeys(sides, 0.0), abs=EQUAL
    )

    assert first["full_disk"] == {"said": "the disk is full", "step": 4}
    assert second["full_disk"] == {"said": "the first process says why", "step": 4}
    assert first["broken_weights"] == second["broken_weights"] == {"step": 10, "lr_factor": 0.5}
    assert first["fault_of_one"] == second["fault_of_one"]
    assert (first["fault_of_one"]["skipped"], first["fault_of_one"]["updates"]) == (1, 2)
    assert first["drawn_latents"]["sums"] == second["drawn_latents"]["sums"]
    assert len({*first["drawn_latents"]["latents"], *second["drawn_latents"]["latents"]}) == 40


@pytest.mark.parametrize("degradation", [None, {"kind": "mild"}])
def test_processes_share_every_batch(run_file: Path, degradation: dict[str, str] | None) -> None:
    """Each has its own pairs, and together they are the batch of one process, flips and degradation included."""
    made = [] if degradation is None else [f"data.degradation={{kind='{degradation['kind']}'}}"]
    run = load_run(run_file, ("train.batch=6", *made))
    assert isinstance(run, SuperResolutionRun)

    def arrays(rank: int, count: int) -> tuple[Any, Any]:
        assert isinstance(run, SuperResolutionRun)
        feeding = PairFeeding(run, make_generator(run.generator), Processes(rank, count), torch.device("cpu"))
        return feeding.batches(run.stages[0], 16).arrays(7)

    whole = arrays(0, 1)
    shared = [arrays(rank, 3) for rank in range(3)]
    for side in (0, 1):
        pairs = {pair.tobytes() for pair in whole[side]}
        assert len(pairs) == 6
        shares = [{pair.tobytes() for pair in share[side]} for share in shared]
        assert [len(share) for share in shares] == [2, 2, 2]
        assert set.union(*shares) == pairs
    assert np.array_equal(np.stack([shared[index % 3][0][index // 3] for index in range(6)]), whole[0])


def test_a_batch_that_cannot_be_shared(run_file: Path) -> None:
    run = load_run(run_file, ("train.batch=6", "train.accumulate=3"))
    assert isinstance(run, SuperResolutionRun)
    message = (
        r"train\.batch is 6, which 4 processes with train\.accumulate = 3 cannot share evenly; use a multiple of 12"
    )
    with pytest.raises(UsageError, match=message):
        PairFeeding(run, make_generator(run.generator), Processes(0, 4), torch.device("cpu"))


def test_a_pack_stays_in_one_process(run_file: Path) -> None:
    run = load_run(run_file.with_name("tiny_gan.toml"), ("train.batch=8", "stage.adversarial.adversarial.packing=4"))
    assert isinstance(run, SuperResolutionRun)
    message = r"train\.accumulate = 1 and adversarial\.packing = 4 cannot share evenly; use a multiple of 16"
    with pytest.raises(UsageError, match=message):
        PairFeeding(run, make_generator(run.generator), Processes(0, 4), torch.device("cpu"))


def test_one_process_of_a_machine_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for rank, words in ("0", ["error:", "absent.toml"]), ("1", []):
        monkeypatch.setenv("LOCAL_RANK", rank)
        assert run_cli(cli, ["train", str(tmp_path / "absent.toml")]) == 2
        said = capsys.readouterr().err
        assert all(word in said for word in words)
        assert bool(said) == bool(words)
