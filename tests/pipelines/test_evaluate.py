"""Grids of models and sets: one table, measured once."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import evaluate
from srgan.images import imresize


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    for place in ("One/a", "One/b", "Two/c"):
        path = tmp_path / f"{place}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(imresize(random.integers(0, 256, (9, 9, 3), np.uint8), size=(48, 56))).save(path)
    return tmp_path


def _arguments(sets: Path, *models: str) -> list[str]:
    folders = [str(sets / "One"), str(sets / "Two")]
    return [str(sets / "report"), "--models", *models, "--sets", *folders, "--scale", "2"]


def _rows(sets: Path) -> list[tuple[str, str]]:
    return [(row["dataset"], row["model"]) for row in json.loads((sets / "report/report.json").read_text())]


def test_it_is_submitted_and_submitted_again(
    sets: Path, nearest_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(sets, "bicubic", "lanczos", str(nearest_model))
    assert evaluate.main(arguments) == 0
    first = capsys.readouterr()
    assert "evaluate: 6 cells, 0 already there" in first.err
    assert _rows(sets) == [(name, model) for name in ("One", "Two") for model in ("bicubic", "lanczos", "nearest")]
    assert "| One x2 | PSNR (Y), dB |" in first.out
    assert (sets / "report/report.csv").exists()

    assert evaluate.main(arguments) == 0
    again = capsys.readouterr()
    assert "6 cells, 6 already there" in again.err
    assert again.out == first.out

    Image.new("RGB", (56, 48), (9, 90, 9)).save(sets / "Two" / "c.png")
    nearest_model.write_bytes(nearest_model.read_bytes() + b"")  # the same content is the same model
    assert evaluate.main(arguments) == 0
    assert "6 cells, 3 already there" in capsys.readouterr().err


def test_cells_in_several_processes(sets: Path, environment: dict[str, str]) -> None:
    job = subprocess.run(
        [sys.executable, "-m", "pipelines.evaluate", *_arguments(sets, "bicubic", "lanczos"), "--workers", "2"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert job.returncode == 0, job.stderr
    assert _rows(sets) == [(name, model) for name in ("One", "Two") for model in ("bicubic", "lanczos")]


def test_broken_limits_and_wrong_use(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = _arguments(sets, "bicubic")
    assert evaluate.main([*arguments, "--fail-below", "two.psnr_y=5"]) == 0
    assert evaluate.main([*arguments, "--fail-below", "two.psnr_y=95", "one.psnr_y=5"]) == 3
    assert "evaluate: failed: bicubic on Two x2: psnr_y " in capsys.readouterr().err
    assert evaluate.main([*arguments, "--fail-below", "psnr_y=95"]) == 2
    assert evaluate.main(_arguments(sets, "bicubi")) == 6
    assert evaluate.main(_arguments(sets, "./absent.onnx")) == 6
    assert evaluate.main([*_arguments(sets, "bicubic")[:4], str(sets / "absent")]) == 2


def test_on_a_cluster(sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The part of Ray that is used, in this process; tasks end in the opposite order."""
    calls: list[tuple[str, Any]] = []

    def remote(function: Any) -> SimpleNamespace:  # noqa: ANN401
        def options(**wishes: int) -> SimpleNamespace:
            calls.append(("options", wishes))
            return SimpleNamespace(remote=lambda cell: (function, cell))

        return SimpleNamespace(options=options)

    cluster = SimpleNamespace(
        init=lambda **wishes: calls.append(("init", wishes["address"])),
        remote=remote,
        wait=lambda references, num_returns: (references[-num_returns:], references[:-num_returns]),
        get=lambda reference: reference[0](reference[1]),
        shutdown=lambda: calls.append(("shutdown", None)),
    )
    monkeypatch.setitem(sys.modules, "ray", cluster)
    assert evaluate.main([*_arguments(sets, "bicubic", "lanczos"), "--ray", "auto", "--jobs", "2"]) == 0
    assert _rows(sets) == [(name, model) for name in ("One", "Two") for model in ("bicubic", "lanczos")]
    assert calls == [("init", "auto"), *[("options", {"num_cpus": 2})] * 4, ("shutdown", None)]
    monkeypatch.setitem(sys.modules, "ray", None)
    Image.new("RGB", (56, 48), (9, 90, 9)).save(sets / "Two" / "c.png")
    assert evaluate.main([*_arguments(sets, "bicubic"), "--ray", "auto"]) == 2
