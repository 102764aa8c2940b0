"""Run files: what is accepted, what is refused and in which words."""

import json
from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.training import load_run
from srgan.training.super_resolution_run import SuperResolutionRun


def test_defaults_are_filled_in(run_file: Path) -> None:
    run = load_run(run_file)
    assert isinstance(run, SuperResolutionRun)
    assert run.generator == {
        "kind": "compact",
        "scale": 2,
        "channels": 16,
        "blocks": 1,
        "skip": "bicubic",
        "balanced": False,
    }
    assert run.loss == [{"kind": "l1", "weight": 1.0}, {"kind": "fft", "weight": 0.05}]
    assert json.loads(run.resolved())["train"]["betas"] == [0.9, 0.99]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.stepz=3", r"tiny\.toml: train\.stepz: there is no such option; did you mean 'steps'\?"),
        ("train.steps=many", r"tiny\.toml: train\.steps: input should be a valid integer.*\(it is 'many'\)"),
        ("train.steps=0", r"train\.steps: input should be greater than 0"),
        ("train.warmup=99", r"train: warmup \(99\) must be below steps \(20\)"),
        ("generator.blcoks=3", r"tiny\.toml: generator\.blcoks: there is no such option; did you mean 'blocks'\?"),
        ("generator.kind=compct", r"generator\.kind: there is no 'compct'; did you mean 'compact'\?"),
        ("generator.skip=cubic", r"generator\.skip: input should be 'bicubic' or 'nearest'"),
        ('loss=[{kind="l7"}]', r"loss\[0\]\.kind: there is no 'l7'"),
        ('loss=[{kind="l1", epsilon=1}]', r"loss\[0\]\.epsilon: there is no such option"),
        ('loss=[{kind="l1", weight=-1}]', r"loss\[0\]\.weight: input should be a number of at least 0 \(it is -1\)"),
        ("loss=[]", r"loss: list should have at least 1 item"),
        ("nmae=x", r"nmae: there is no such option; did you mean 'name'\?"),
        ("data.patch=4", r"data\.patch: input should be greater than or equal to 8"),
    ],
)
def test_mistakes_are_named(run_file: Path, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_run(run_file, (override,))


@pytest.mark.parametrize("every", ["0", "1.5", "true", "often"])
def test_intervals_are_whole(gan_file: Path, every: str) -> None:
    message = (
        r"stage\.adversarial\.adversarial\.penalty\[0\]\.every: input should be a whole number of at least 1 \(it is"
    )
    with pytest.raises(UsageError, match=message):
        load_run(gan_file, (f"stage.adversarial.adversarial.penalty.r1.every={every}",))


def test_fingerprint_is_of_what_decides_the_result(run_file: Path) -> None:
    run = load_run(run_file)
    for override in ("output=elsewhere", "data.high=other", "log_every=1", "checkpoint.every=1", "train.device=cpu"):
        assert load_run(run_file, (override,)).fingerprint() == run.fingerprint(), override
    for override in (
        "seed=8",
        "train.lr=1e-4",
        "generator.blocks=2",
        "data.texture=0.0",
        "train.steps=21",
        "data.augment=false",
    ):
        assert load_run(run_file, (override,)).fingerprint() != run.fingerprint(), override


def test_the_packaged_models_run_file_is_valid(repository: Path, run_file: Path) -> None:
    for path in sorted((repository / "runs").glob("*.toml")):
        assert load_run(path).name


def test_no_folder_of_a_machine_travels_with_a_model(run_file: Path) -> None:
    run = load_run(run_file, ("init.weights=/home/somebody/runs/first",))
    assert "somebody" not in run.resolved()
    assert '"weights": "first"' in run.resolved()
