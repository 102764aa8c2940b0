import json
import sys
from pathlib import Path

import pytest

from srgan.batch.video_files import open_clip
from tests.batch.clips import make_clip
from tests.batch.pictures import make_model
from tests.cli.shell import Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    make_clip(tmp_path / "clip.mp4", frames=4)
    make_model(tmp_path / "tiny.onnx")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys, "upscale", "tiny.onnx")


def test_a_clip(shell: Shell) -> None:
    assert shell("clip.mp4", "--dry-run") == 0
    assert shell.out == "clip_x2.mp4\n"
    assert not Path("clip_x2.mp4").exists()
    assert shell("clip.mp4", "--report", "r.ndjson") == 0
    assert shell.out == "clip_x2.mp4\n"
    assert "1 upscaled" in shell.said
    assert open_clip(Path("clip_x2.mp4")).width == 128
    row = json.loads(Path("r.ndjson").read_text())
    assert (row["status"], row["w"], row["h"]) == ("done", 128, 96)
    assert shell("clip.mp4") == 0
    assert "1 already there" in shell.said
    Path("bad.mp4").write_bytes(b"bad")
    assert shell("bad.mp4", "clip.mp4", "-o", "out", "--strength", "0.5") == 3
    assert "failed: bad.mp4" in shell.said
    assert Path("out/clip.mp4").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clip.mp4", "tiny.onnx"], "commands of their own"),
        (["clip.mp4", "-f", "png"], "--format is for pictures"),
        (["clip.mp4", "--watch"], "--watch is for pictures"),
        (["clip.mp4", "--stats"], "--stats is for pictures"),
        (["clip.mp4", "-o", "-"], "standard output"),
        (["gone.mp4"], "'gone.mp4' is not a file"),
        (["clip.mp4", "-o", "a.avi"], "--output a.avi"),
        (["clip.mp4", "--server", "http://127.0.0.1:1"], "--server takes pictures"),
    ],
)
def test_wrong_use(shell: Shell, arguments: list[str], words: str) -> None:
    assert shell(*arguments) == 2
    assert words in shell.said


def test_the_missing_package_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert shell("clip.mp4") == 2
    assert "needs av: pip install 'srgan[video]'" in shell.said
