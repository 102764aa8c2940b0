"""The check of unpaired translation on a mapping that is known."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.known_mapping import main, turned


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Ten pictures of coarse random colours."""
    folder = tmp_path / "colours"
    folder.mkdir()
    random = np.random.default_rng(7)
    for index in range(10):
        blocks = Image.fromarray(random.integers(0, 256, (4, 4, 3), np.uint8))
        blocks.resize((64, 64), Image.Resampling.NEAREST).save(folder / f"{index}.png")
    return folder


def test_three_turns_are_none_and_one_is_a_hue() -> None:
    red = np.array([[255, 0, 0]], np.uint8)
    assert turned(red).tolist() == [[0, 255, 0]]
    assert np.array_equal(turned(turned(turned(red))), red)


def test_both_are_trained_and_measured_on_other_pictures(
    colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert main([str(colours), "--output", str(output), "--steps", "4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((output / "known_mapping.json").read_text())
    assert (found["pictures"], found["steps"]) == (2, 4)
    for kind in ("supervised", "cycle"):
        assert 5 < found[kind] < 40
    held_out, apart = (
        {path.read_bytes() for path in (output / kind / "source").iterdir()} for kind in ("held_out", "apart")
    )
    assert not held_out & apart
    assert len(apart) == 8
    truth = turned(np.asarray(Image.open(output / "pairs/source/00003.png")))
    assert np.array_equal(truth, np.asarray(Image.open(output / "pairs/target/00003.png")))


def test_targets_of_other_pictures(colours: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert main([str(colours), "--output", str(output), "--steps", "1", "--disjoint"]) == 0
    sides = {
        side: np.asarray([np.asarray(Image.open(path)) for path in sorted((output / "apart" / side).iterdir())])
        for side in ("source", "target")
    }
    assert len(sides["source"]) == len(sides["target"]) == 4
    for source in sides["source"]:
        assert not any(np.array_equal(turned(source), target) for target in sides["target"])


def test_too_few_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "one.png")
    assert main([str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    assert "it takes at least 6" in capsys.readouterr().err
