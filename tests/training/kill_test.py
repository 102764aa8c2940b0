"""Kill a small GAN training with SIGKILL again and again; it must end as if nothing had happened.

    python -m tests.training.kill_test --kills 100

Half of the kills come at a random moment, half exactly at a call that changes the disk (fsync, rename, unlink, ...),
just before it or just after it. After each one every checkpoint must be sound and none may be lost; the run is then
continued (and killed again) to its end, where all its files must equal those of the unbroken run: weights, optimisers,
averaged weights, discriminator, log, best models, pictures. Exit code 0 when that holds for every kill.

Importing torch takes seconds, so this process imports everything once and forks; it computes nothing itself.
"""

import argparse
import functools
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.training.killing import Child, Killer

RUN = """
name = "toy"
seed = 5
log_every = 7
[generator]
kind = "compact"
scale = 2
channels = 8
blocks = 1
[[loss]]
kind = "l1"
[data]
high = "{pictures}"
patch = 8
[train]
steps = 16
batch = 2
lr = 2e-3
ema = 0.9
[checkpoint]
every = 5
keep = 2
best = 2
[validation]
high = "{pictures}"
every = 9
crop = 32
images = 1
[[stage]]
name = "fidelity"
[[stage]]
name = "adversarial"
[stage.train]
steps = 24
lr = 5e-4
schedule = "multistep"
[stage.discriminator]
kind = "patch"
width = 4
layers = 1
norm = "spectral"
[stage.adversarial]
objective = "nonsaturating"
weight = 0.05
guard = 0.9
lr = 5e-4
[[stage.adversarial.penalty]]
kind = "r1"
gamma = 1.0
every = 3
"""
# They tell times; TensorBoard keeps the events of killed processes besides.
VARYING = ("status.json", "tensorboard")


@dataclass
class Playground:
    """The folder of the test: pictures, the run file and what the trainings write."""

    folder: Path
    complaints: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the pictures and the run file."""
        import numpy as np
        from PIL import Image

        noise = np.random.default_rng(3)
        pictures = self.folder / "pictures"
        pictures.mkdir()
        for name in "abc":
            blocks = noise.integers(0, 256, (8, 9, 3), np.uint8).repeat(6, 0).repeat(6, 1)
            Image.fromarray(blocks).save(pictures / f"{name}.png")
        (self.folder / "toy.toml").write_text(RUN.format(pictures=pictures.as_posix()))

    @property
    def run(self) -> Path:
        """Where the training writes."""
        return self.folder / "out" / "toy"

    def child(self, work: Callable[[int], None]) -> Child:
        """Start a process."""
        return Child(work, self.folder / "stderr.txt")

    def train(self, at: int = 0, after: bool = False) -> Child:
        """Start or continue the training, to be killed at a call."""

        def work(report: int) -> None:
            from srgan.training import Trainer, load_run

            killer = Killer(at, after, report)
            killer.install()
            Trainer(load_run(self.folder / "toy.toml", (f"output={self.folder / 'out'}",))).train()
            os.write(report, str(killer.count).encode())

        return self.child(work)

    def newest(self) -> int:
        """The newest checkpoint's step; -1 for none.

        Raises:
            RuntimeError: a checkpoint, or a model beside them, is not sound.
        """

        def work(report: int) -> None:
            os.write(report, str(newest_step(self.run)).encode())

        return int(self.child(work).wait()[1])

    def files(self) -> dict[str, str]:
        """What the training left, with checksums."""
        found = {path.relative_to(self.run).as_posix(): path for path in self.run.rglob("*")}
        files = {name: path for name, path in found.items() if path.is_file() and not name.startswith(VARYING)}
        hidden = [name for name, path in found.items() if path.name.startswith(".")]
        return {name: _digest(path) for name, path in files.items()} | dict.fromkeys(hidden, "left over")

    def clear(self) -> None:
        """Forget the training."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def newest_step(run: Path) -> int:
    """The newest checkpoint's step, having read all of them and the models beside them; -1 for none."""
    from srgan.training.checkpoint import list_checkpoints, read_checkpoint, read_model

    for path in [*run.glob("best/*.safetensors"), *run.glob("stages/*.safetensors")]:
        read_model(path)
    return max((read_checkpoint(path).step for path in list_checkpoints(run / "checkpoints")), default=-1)


def save_thrice(folder: Path, report: int, at: int = 0, after: bool = False) -> None:
    """Save a checkpoint, another one, and that one again, as a stop right after a step's checkpoint does."""
    import torch

    from srgan.training import Checkpoint, save_checkpoint

    folder.mkdir(parents=True, exist_ok=True)
    Killer(at, after, report).install()
    for step, value in ((1, 1.0), (2, 2.0), (2, 3.0)):
        weights = {"w": torch.full((2, 3), value)}
        save_checkpoint(folder, Checkpoint(step, weights, {}, weights, {"value": value}), keep=1)
        os.write(report, b".")


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """What one set of files has other than the other."""
    names = sorted(found.keys() | expected.keys())
    return [name for name in names if found.get(name) != expected.get(name)]


@dataclass
class Unbroken:
    """The run that nobody killed."""

    files: dict[str, str]
    calls: int
    seconds: float


def train_unbroken(ground: Playground) -> Unbroken:
    """Train without kills."""
    began = time.monotonic()
    _, calls = ground.train().wait()
    unbroken = Unbroken(ground.files(), int(calls), time.monotonic() - began)
    ground.clear()
    return unbroken


def kill_trainings(ground: Playground, unbroken: Unbroken, kills: int, seed: int) -> int:
    """Kill trainings until there were `kills` kills; returns how many did no harm."""
    chance = random.Random(seed)
    good = done = runs = 0
    while done < kills:
        runs += 1
        complaints: list[str] = []
        here, newest, ended = done, -1, False
        while not ended:
            at_call = done % 2 == 1
            if done == kills:
                killed, report = ground.train().wait()
            elif at_call:
                killed, report = ground.train(chance.randint(1, unbroken.calls // 2), chance.random() < 0.5).wait()
            else:
                killed, report = _kill_at(ground.train(), chance.uniform(0, 0.7 * unbroken.seconds))
            ended = not killed
            if killed:
                before, newest = newest, _sound(ground, complaints)
                done += 1
                where = report if at_call else "at a random moment"
                say(f"kill {done:3}  run {runs:2}  newest checkpoint {newest:3}  {where}")
                if newest < before:
                    complaints.append(f"kill {done}: the newest checkpoint was {before} and is now {newest}")
        wrong = differences(ground.files(), unbroken.files)
        complaints += [f"run {runs}: {name} differs from the unbroken run" for name in wrong]
        if json.loads((ground.run / "status.json").read_text())["status"] != "finished":
            complaints.append(f"run {runs} does not say that it finished")
        good += 0 if complaints else done - here
        ground.complaints += complaints
        ground.clear()
    return good


def _kill_at(child: Child, moment: float) -> tuple[bool, str]:
    time.sleep(moment)
    os.kill(child.process, signal.SIGKILL)  # a process that has ended waits for its parent and takes no harm
    return child.wait()


def _sound(ground: Playground, complaints: list[str]) -> int:
    try:
        return ground.newest()
    except RuntimeError as error:
        complaints.append(f"not sound after a kill: {error}")
        return -1


def kill_replacements(ground: Playground) -> tuple[int, int]:
    """Kill `save_thrice` at every single call, before it and after it.

    Returns:
        Kills that did no harm, and all of them.
    """
    folder = ground.run / "checkpoints"

    def inspect(report: int) -> None:
        os.write(report, f"{newest_step(ground.run)} ".encode())
        save_thrice(folder, os.open(os.devnull, os.O_WRONLY))
        os.write(report, ",".join(sorted(path.name for path in folder.iterdir())).encode())

    good = total = 0
    for after in (False, True):
        for at in itertools.count(1):
            ground.clear()
            killed, report = ground.child(functools.partial(save_thrice, folder, at=at, after=after)).wait()
            if not killed:
                break
            total += 1
            where = report.lstrip(".")
            try:
                newest, left = ground.child(inspect).wait()[1].split()
            except RuntimeError as error:
                ground.complaints.append(f"killed {where}: {error}")
                continue
            saved = min(len(report) - len(where), 2)
            if saved and int(newest) < saved:
                ground.complaints.append(f"killed {where}: step {saved} was saved and is lost")
            elif left != "step_00000002":
                ground.complaints.append(f"killed {where}: the next process leaves {left}")
            else:
                good += 1
    ground.clear()
    return good, total


def say(line: str) -> None:
    """One line on stdout, now."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the test in a temporary folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # Threads do not survive a fork.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    import torch.utils.tensorboard

    import srgan.training

    torch.set_num_threads(1)
    say(f"torch {torch.__version__}, srgan {srgan.__version__}")
    with tempfile.TemporaryDirectory() as name:
        ground = Playground(Path(name))
        ground.prepare()
        replaced, replacements = kill_replacements(ground)
        say(f"{replaced} of {replacements} kills while checkpoints replace each other did no harm")
        unbroken = train_unbroken(ground)
        say(f"unbroken: {unbroken.seconds:.1f} s, {unbroken.calls} calls, {len(unbroken.files)} files")
        good = kill_trainings(ground, unbroken, options.kills, options.seed)
    for line in ground.complaints:
        sys.stderr.write(line + "\n")
    say(f"{good} of {options.kills} kills: the training ends as the unbroken one, file by file")
    return 0 if good == options.kills and replaced == replacements else 1


if __name__ == "__main__":
    sys.exit(main())
