"""``srgan compare``: pages out of folders, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from srgan.cli.compare import compare
from srgan.errors import UsageError
from srgan.images import imresize


@pytest.fixture
def high(tmp_path: Path) -> Path:
    """``Toy/HR`` with two pictures, one of them grey and below."""
    random = np.random.default_rng(8)
    folder = tmp_path / "Toy" / "HR"
    (folder / "below").mkdir(parents=True)
    Image.fromarray(imresize(random.integers(0, 256, (9, 11, 3), np.uint8), size=(51, 66))).save(folder / "a.png")
    Image.fromarray(imresize(random.integers(0, 256, (8, 8), np.uint8), size=(48, 48))).save(folder / "below/b.png")
    return folder


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(compare, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def _data(path: Path) -> dict[str, Any]:
    found = re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found is not None
    values: dict[str, Any] = json.loads(found[1])
    return values


def test_models_and_finished_results_beside_the_truth(high: Path, nearest_model: Path, tmp_path: Path) -> None:
    finished, output, sheet = tmp_path / "finished", tmp_path / "page", tmp_path / "sheet.png"
    (finished / "below").mkdir(parents=True)
    Image.new("RGB", (66, 50), (90, 80, 70)).save(finished / "a_x2.png")
    Image.new("RGB", (48, 48), (90, 80, 70)).save(finished / "below/b.png")
    models = ["-m", str(nearest_model), "-m", "bicubic", "-m", "lanczos", "--results", f"flat={finished}"]
    result = _run("--hr", str(high), "-s", "2", *models, "-o", str(output), "--crop-side", "16", "--sheet", str(sheet))
    page = output / "index.html"
    assert result.stdout.split() == [str(page)]
    assert result.stderr.split() == ["1/2", "2/2"]
    found = _data(page)
    assert found["columns"] == ["LR", "nearest", "bicubic", "lanczos", "flat", "HR"]
    assert [picture["name"] for picture in found["pictures"]] == ["a.png", "b.png"]
    assert found["pictures"][0]["size"] == [66, 50]
    flat = np.asarray(Image.open(output / found["pictures"][1]["sources"][4]))
    assert (flat == [90, 80, 70]).all()
    assert any(words.startswith("PSNR (Y) ") for words in found["pictures"][0]["scores"][2])
    text = page.read_text(encoding="utf-8")
    assert "<title>Toy, x2</title>" in text
    assert "LR by MATLAB bicubic 1/2" in text
    assert "flat: finished results in finished" in text
    assert sheet.read_bytes()[:4] == (output / "crops.png").read_bytes()[:4] == b"\x89PNG"


def test_pictures_without_a_truth(high: Path, tmp_path: Path) -> None:
    output = tmp_path / "one.html"
    _run(str(high), "-m", "bicubic", "-m", "lanczos", "-o", str(output), "-s", "3", "--title", "Mine")
    found = _data(output)
    assert found["columns"] == ["LR", "bicubic", "lanczos"]
    assert found["pictures"][1]["size"] == [144, 144]
    assert [len(scores) for scores in found["pictures"][0]["scores"]] == [0, 1, 1]
    assert found["pictures"][0]["scores"][1][0].startswith("Consistency ")
    assert "<title>Mine</title>" in output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], r"which pictures\? Give small ones as INPUT, or full ones with --hr"),
        (["{high}", "--hr", "{high}"], "which pictures"),
        (["{high}", "--lr", "{high}"], "--lr goes with --hr"),
        (["{high}/absent"], r"the folder .*absent is not there"),
        (["{high}", "--lpips", "-m", "bicubic"], "--lpips compares with full pictures"),
        (["{high}", "--results", "nothing"], "write NAME=FOLDER"),
        (["{high}", "--results", "HR={high}"], "the name HR is taken"),
        (["{high}", "-m", "lanczos", "-m", "Lanczos"], "--model Lanczos stands twice"),
        (["{high}", "-m", "bicubic", "--results", "ours={high}"], r"is 66x51 of uint8; 264x204"),
        (["{high}", "-m", "bicubic", "--sheet", "sheet"], "no suffix of a picture"),
    ],
)
def test_what_is_refused(high: Path, tmp_path: Path, options: list[str], message: str) -> None:
    words = [option.format(high=high) for option in options]
    with pytest.raises(UsageError, match=message):
        _run(*words, "-o", str(tmp_path / "page"))
    assert not (tmp_path / "page" / "index.html").exists()
