import sys
from pathlib import Path

import pytest

from pipelines.translate import main
from tests.batch.pictures import digests, make_pictures


def test_a_folder_is_translated_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    arguments = [str(imgs), str(tmp_path / "out"), "--device", "cpu", "--size", "16", "--format", "webp"]
    for done in (5, 0):
        assert main(arguments) == 0
        assert f"attempt 1: {done} done, {5 - done} already there" in capsys.readouterr().err
    assert {Path(name).suffix for name in digests(tmp_path / "out")} == {".webp", ".ndjson"}


def test_what_the_model_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png",))
    assert main([str(imgs), str(tmp_path / "out"), "--samples", "2"]) == 2
    assert "--samples needs one that takes noise" in capsys.readouterr().err
    assert set(digests(tmp_path / "out")) <= {"report.ndjson"}


def test_ray_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png",))
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main([str(imgs), str(tmp_path / "out"), "--runner", "ray"]) == 2
    assert "pip install 'srgan[ray]'" in capsys.readouterr().err
