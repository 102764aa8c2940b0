"""Numbers that are not finite, put into a GAN training at every place: they never reach a file."""

import functools
import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from srgan.adversarial import NonSaturating
from srgan.cli import cli
from srgan.cli.errors import run as run_command
from srgan.data import Batch
from srgan.tasks import Round, SuperResolution
from srgan.training import Trainer, load_run, read_checkpoint
from srgan.training import checkpoint as checkpoint_module
from srgan.training.stage import Stage, Step

NAN, INF = float("nan"), float("inf")
FIDELITY, ADVERSARIAL = 4, 6
STEPS = FIDELITY + ADVERSARIAL
SMALL = (
    "log_every=1",
    "checkpoint.every=3",
    "checkpoint.keep=9",
    "generator.channels=8",
    "data.patch=8",
    f"stage.fidelity.train.steps={FIDELITY}",
    f"stage.adversarial.train.steps={ADVERSARIAL}",
    "stage.adversarial.discriminator.width=4",
)
# The first stage has no discriminator; its last step and the first one of the second are the edges.
POINTS = [
    pytest.param(place, step, who, (NAN, INF)[(step + len(place)) % 2], id=f"{place}-{step}-{who}")
    for place in ("data", "loss", "gradient", "weights")
    for step, who in (
        (1, "generator"),
        (3, "generator"),
        (4, "discriminator"),
        (6, "generator"),
        (9, "discriminator"),
    )
]


@dataclass
class Fault:
    """Puts a number into a step, counted from 0 over all stages.

    Args:
        place: ``data`` (a batch), ``loss`` (a term), ``gradient`` (a hook) or ``weights`` (before the step).
        step: of the run.
        who: whose loss, gradient or weights.
        value: the number.
        times: how often it happens at most, from that step on.
    """

    place: str
    step: int
    who: str
    value: float
    times: int = 1
    struck: bool = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between the training and its parts."""
        step, terms, judged = Stage.step, SuperResolution.generator_losses, NonSaturating.discriminator_loss

        def faulty_step(
            stage: Stage, draw: Callable[[], Batch], number: int, rates: dict[str, float], **more: float
        ) -> Step:
            self.struck = self.times > 0 and number + FIDELITY * stage.index >= self.step
            if not self.struck:
                return step(stage, draw, number, rates, **more)
            self.times -= 1
            weight = next(self._network(stage).parameters())
            if self.place == "weights":
                weight.data[(0,) * weight.dim()] = self.value
            if self.place != "gradient":
                return step(stage, lambda: self._spoil(draw()), number, rates, **more)
            spoil = functools.partial(torch.full_like, fill_value=self.value)
            hook = weight.register_hook(spoil)  # type: ignore[no-untyped-call]
            try:
                return step(stage, draw, number, rates, **more)
            finally:
                hook.remove()

        def faulty_terms(task: SuperResolution, round_: Round, batch: Batch) -> dict[str, Tensor]:
            spoilt = self.struck and self.place == "loss" and self.who == "generator"
            return {name: value * self.value if spoilt else value for name, value in terms(task, round_, batch).items()}

        def faulty_judgement(objective: NonSaturating, real: Tensor, fake: Tensor, **more: Tensor | None) -> Tensor:
            spoilt = self.struck and self.place == "loss" and self.who == "discriminator"
            return judged(objective, real, fake, **more) * (self.value if spoilt else 1.0)

        monkeypatch.setattr(Stage, "step", faulty_step)
        monkeypatch.setattr(SuperResolution, "generator_losses", faulty_terms)
        monkeypatch.setattr(NonSaturating, "discriminator_loss", faulty_judgement)

    def _network(self, stage: Stage) -> nn.Module:
        if self.who == "generator":
            return stage.player.network
        assert stage.adversary is not None
        return stage.adversary.network

    def _spoil(self, batch: Batch) -> Batch:
        if self.place != "data":
            return batch
        low, high = batch.low.clone(), batch.high.clone()
        (low if self.who == "generator" else high)[0, 0, 2, 3] = self.value
        return Batch(low, high)


@pytest.fixture(autouse=True)
def only_finite(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks at all tensors on their way into a file."""
    broken: list[str] = []

    def looking(save: Callable[..., Any], tensors: dict[str, Tensor], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        broken.extend(name for name, tensor in tensors.items() if not torch.isfinite(tensor).all())
        return save(tensors, *arguments, **options)

    for name in ("save", "save_file"):
        watched = functools.partial(looking, getattr(checkpoint_module, name))
        monkeypatch.setattr(checkpoint_module, name, watched)
    yield
    assert not broken


@pytest.fixture
def toy(pictures: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trainer]:
    """Makes the trainer of a small GAN run in a folder."""
    monkeypatch.setenv("SRGAN_DATA", str(pictures))

    def make(output: Path, *overrides: str) -> Trainer:
        return Trainer(load_run(repository / "runs" / "tiny_gan.toml", (f"output={output}", *SMALL, *overrides)))

    return make


def weights(folder: Path) -> dict[str, str]:
    """sha256 of everything that was learnt: the weight files of a run, all checkpoints."""
    paths = sorted(path for path in folder.rglob("*.safetensors"))
    assert paths
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def check_files(folder: Path) -> None:
    """Every tensor of every file is finite, and the log can be read strictly."""
    for path in folder.rglob("*.safetensors"):
        assert all(torch.isfinite(tensor).all() for tensor in load_file(path).values()), path
    log(folder)


def log(folder: Path) -> list[dict[str, Any]]:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in the log")

    return [json.loads(line, parse_constant=refuse) for line in (folder / "log.jsonl").read_text().splitlines()]


def events(folder: Path) -> list[str]:
    return [entry["event"] for entry in log(folder) if "event" in entry]


def skip(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """A training that draws the batch of one step and does nothing with it."""
    step = Stage.step

    def skipping(stage: Stage, draw: Callable[[], Batch], number: int, rates: dict[str, float], **more: float) -> Step:
        if number + FIDELITY * stage.index != at:
            return step(stage, draw, number, rates, **more)
        draw()
        return Step({}, None)

    monkeypatch.setattr(Stage, "step", skipping)


def slow_down(monkeypatch: pytest.MonkeyPatch, start: int) -> None:
    """A training with half the learning rates from a step on."""
    train_step = Trainer.train_step

    def slower(trainer: Trainer, source: Iterator[Batch]) -> dict[str, float]:
        trainer.recovery.lr_factor = 0.5 if trainer.step >= start else 1.0
        return train_step(trainer, source)

    monkeypatch.setattr(Trainer, "train_step", slower)


@pytest.mark.parametrize(("place", "step", "who", "value"), POINTS)
def test_one_fault(
    toy: Callable[..., Trainer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    step: int,
    who: str,
    value: float,
) -> None:
    """A step that is left out changes nothing at all; a return to a checkpoint changes nothing but the rates."""
    fault = Fault(place, step, who, value)
    with monkeypatch.context() as patched:
        fault.install(patched)
        trainer = toy(tmp_path / "fault")
        assert trainer.train().name == f"step_{STEPS:08d}"
    assert fault.times == 0
    folder = trainer.run.folder
    check_files(folder)
    (event,) = events(folder)
    with monkeypatch.context() as patched:
        if place == "weights":
            back = int(event.split("; back to step ")[1].split(",")[0])
            assert back == max(saved for saved in (0, 3, 4, 6, 9) if saved <= step)
            slow_down(patched, back)
        else:
            assert event.startswith(f"step {step + 1}: ")
            assert event.endswith("is not finite; this step is left out (1 so far)")
            skip(patched, step)
        reference = toy(tmp_path / "reference")
        reference.train()
    assert weights(folder) == weights(reference.run.folder)


def test_the_event_names_the_cause(
    toy: Callable[..., Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {}
    for number, (place, who) in enumerate(
        [("data", "generator"), ("loss", "discriminator"), ("gradient", "generator"), ("gradient", "discriminator")]
    ):
        with monkeypatch.context() as patched:
            Fault(place, 5, who, NAN).install(patched)
            trainer = toy(tmp_path / str(number))
            trainer.train()
        said[place, who] = events(trainer.run.folder)[0].split(": ")[1].split(" is not")[0]
    assert said == {
        ("data", "generator"): "the loss l1",
        ("loss", "discriminator"): "the loss discriminator",
        ("gradient", "generator"): "the generator's gradient",
        ("gradient", "discriminator"): "the discriminator's gradient",
    }


@pytest.mark.parametrize("place", ["data", "loss", "gradient", "weights"])
def test_a_lasting_fault_ends_with_exit_code_7(
    toy: Callable[..., Trainer],
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    """By the command line, as a user has it; the checkpoints stay, and without the fault they go on from there."""
    changes = (*SMALL, "safety.skips=1", "safety.rollbacks=2")
    with monkeypatch.context() as patched:
        Fault(place, 5, "discriminator", NAN, times=1000).install(patched)
        command = ["train", str(repository / "runs" / "tiny_gan.toml")]
        options = [f"--set={change}" for change in (f"output={tmp_path}", *changes)]
        assert run_command(cli, [*command, *options]) == 7
    said = capsys.readouterr()
    assert "is not finite again, after 2 returns to a checkpoint" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    folder = tmp_path / "tiny-gan"
    assert json.loads((folder / "status.json").read_text())["status"] == "diverged"
    check_files(folder)
    saved = read_checkpoint(max((folder / "checkpoints").iterdir()))
    assert saved.step < STEPS
    assert toy(tmp_path, *changes).train().name == f"step_{STEPS:08d}"
    check_files(folder)


def test_a_return_is_the_same_when_the_training_is_interrupted(
    toy: Callable[..., Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after the return to a checkpoint: the lower rates are remembered, and the end is the same."""
    with monkeypatch.context() as patched:
        Fault("weights", 4, "generator", NAN).install(patched)
        whole = toy(tmp_path / "whole")
        whole.train()
    with monkeypatch.context() as patched:
        Fault("weights", 4, "generator", NAN).install(patched)
        broken = toy(tmp_path / "broken")
        train_step = broken.train_step

        def stop_later(source: Iterator[Batch]) -> dict[str, float]:
            if broken.recovery.lr_factor < 1.0 and broken.step == 7:
                os.kill(os.getpid(), signal.SIGTERM)
            return train_step(source)

        patched.setattr(broken, "train_step", stop_later)
        with pytest.raises(SystemExit):
            broken.train()
    resumed = toy(tmp_path / "broken")
    resumed.train()
    assert resumed.recovery.lr_factor == 0.5
    folder = resumed.run.folder
    assert (folder / "log.jsonl").read_bytes() == (whole.run.folder / "log.jsonl").read_bytes()
    resumed_weights = weights(folder)
    assert weights(whole.run.folder).items() <= resumed_weights.items()  # besides, it saved where it was stopped
    rates = {
        entry["step"]: entry["lr"]["discriminator"] for entry in log(folder) if "lr" in entry and entry["step"] > 4
    }
    assert set(rates.values()) == {1e-4, 5e-5, 2.5e-5}  # half of 2e-4, then multistep


def test_statistics_of_a_broken_batch_are_forgotten(
    toy: Callable[..., Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch normalisation takes them up in the forward pass, before anything can be checked."""
    Fault("data", 5, "discriminator", NAN).install(monkeypatch)
    trainer = toy(
        tmp_path,
        "stage.adversarial.discriminator.norm=batch",
        "stage.adversarial.discriminator.layers=2",
        "stage.adversarial.adversarial.penalty=[]",
    )
    path = trainer.train()
    (event,) = events(trainer.run.folder)
    assert event.endswith("this step is left out (1 so far)")
    assert any("running_mean" in name for name in read_checkpoint(path).tensors)
    check_files(trainer.run.folder)


def test_practice_of_the_discriminator_is_watched_as_well(
    toy: Callable[..., Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its two updates a step only the first one meets the fault; the log tells."""
    draws = iter(range(100))
    Fault("data", 5, "discriminator", NAN).install(monkeypatch)
    spoil = Fault._spoil
    monkeypatch.setattr(Fault, "_spoil", lambda fault, batch: batch if next(draws) else spoil(fault, batch))
    trainer = toy(tmp_path, "stage.adversarial.adversarial.steps=2")
    trainer.train()
    assert events(trainer.run.folder) == [
        "step 6: the discriminator's gradient is not finite; this step is left out (1 so far)"
    ]
    check_files(trainer.run.folder)


def test_broken_weights_are_not_measured(
    toy: Callable[..., Trainer], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A validation that is due in the very step goes back as well, instead of ending the training."""
    update = 0
    train_step = Trainer.train_step

    def breaking(trainer: Trainer, source: Iterator[Batch]) -> dict[str, float]:
        nonlocal update
        rates = train_step(trainer, source)
        update += 1
        if update == 5:
            next(trainer.ema.network.parameters()).data[0, 0, 0, 0] = INF
        return rates

    monkeypatch.setattr(Trainer, "train_step", breaking)
    trainer = toy(
        tmp_path,
        f"validation.high={pictures / 'valid'}",
        "validation.every=5",
        "validation.crop=32",
    )
    trainer.train()
    folder = trainer.run.folder
    assert events(folder) == ["step 5: a weight is not finite; back to step 4, learning rates times 0.5 from here on"]
    assert [entry["step"] for entry in log(folder) if "validation" in entry] == [4, 5, 10]
    check_files(folder)
