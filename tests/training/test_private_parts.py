"""Parts of one's own in a run file: trained, and exported where a person asks for them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.training import load_run, run_schema
from tests.training.test_checkup import super_resolution

MODULE = '''
"""Parts that a team keeps to itself."""

import torch
from torch import nn

from srgan.adversarial import LeastSquares, R1
from srgan.networks import Compact, Patch


class Mine(Compact):
    """A network of one's own."""

    def __init__(self, *, scale: int = 2, width: int = 8) -> None:
        super().__init__(scale=scale, channels=width, blocks=1)


class Critic(Patch):
    """A judge of one's own."""


class Game(LeastSquares):
    """A game of one's own."""


class Slope(R1):
    """A penalty of one's own."""


def distance(result: torch.Tensor, truth: torch.Tensor, *, power: int = 2) -> torch.Tensor:
    """A distance of one's own."""
    return (result - truth).abs().pow(power).mean()


class Halve:
    """A degradation of one's own."""

    margin = 0

    def __call__(self, high, *, scale, random):
        return nn.functional.avg_pool2d(high, scale).mul(255).round().div(255)
'''

RUN = """
extends = "{tiny}"
name = "own"

[generator]
kind = "team_parts:Mine"

[discriminator]
kind = "team_parts:Critic"
norm = "none"

[adversarial]
weight = 0.01
objective = {{ kind = "team_parts:Game" }}
penalty = [{{ kind = "team_parts:Slope", every = 2 }}]

[[loss]]
kind = "team_parts:distance"
power = 1

[data.degradation]
kind = "team_parts:Halve"

[train]
steps = 3
"""


@pytest.fixture
def own(run_file: Path, tmp_path: Path) -> Path:
    (tmp_path / "team_parts.py").write_text(MODULE)
    path = tmp_path / "own.toml"
    path.write_text(RUN.format(tiny=run_file))
    return path


def srgan(folder: Path, *arguments: str, reaches: bool = True) -> subprocess.CompletedProcess[str]:
    """A process of its own, so that nothing was asked for before."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([here, str(folder)] if reaches else [here])
    return subprocess.run(
        [sys.executable, "-m", "srgan", *arguments],
        cwd=folder.parent, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_run_with_parts_of_ones_own_is_trained_and_exported(own: Path) -> None:
    folder = own.parent
    trained = srgan(folder, "train", str(own), "--set", f"output={folder / 'experiments'}")
    assert trained.returncode == 0, trained.stderr
    curves = (folder / "experiments/own/log.jsonl").read_text()
    assert "distance" in curves
    assert "team_parts:" not in curves
    output = folder / "own.onnx"
    export = ("export", str(folder / "experiments/own"), "-o", str(output))
    refused = srgan(folder, *export)
    assert refused.returncode == 2
    assert "generator.kind: 'team_parts:Mine' is a part of somebody's own" in refused.stderr
    assert "--part team_parts:Mine" in refused.stderr
    assert not output.exists()
    done = srgan(folder, *export, "--part", "team_parts:Mine")
    assert done.returncode == 0, done.stderr
    shown = srgan(folder, "models", "info", str(output), "--json", reaches=False)
    assert json.loads(shown.stdout)["architecture"] == "team_parts:Mine"
    picture = next(Path(os.environ["SRGAN_DATA"]).rglob("*.png"))
    upscaled = srgan(folder, "upscale", str(picture), "-m", str(output), "-o", str(folder / "x.png"), reaches=False)
    assert upscaled.returncode == 0, upscaled.stderr


@pytest.mark.parametrize("key", ["generator", "discriminator", "adversarial.objective", "data.degradation"])
def test_errors_name_file_and_key(own: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(own.parent)
    monkeypatch.delitem(sys.modules, "team_parts", raising=False)
    child = own.with_name("child.toml")
    child.write_text('extends = "own.toml"\n')
    with pytest.raises(UsageError, match=rf"child\.toml: {key}\.kind: the module 'nowhere' cannot be imported"):
        load_run(child, (f"{key}.kind=nowhere:Part",))


def test_the_schema_knows_of_them() -> None:
    places = [part["properties"]["kind"] for part in super_resolution(run_schema())["generator"]["oneOf"]]
    (pattern,) = (place["pattern"] for place in places if "pattern" in place)
    assert re.fullmatch(pattern, "team_parts:Mine")
    assert not re.fullmatch(pattern, "compact")
