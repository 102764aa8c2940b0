from pathlib import Path

import pytest

from pipelines.generate import main
from tests.batch.pictures import digests


def test_a_file_of_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("a red heart\na dog\n")
    arguments = [str(texts), str(tmp_path / "out"), "--count", "2", "--seed", "3", "--upscale", "bicubic"]
    for done in (4, 0):
        assert main(arguments) == 0
        assert f"attempt 1: {done} done, {4 - done} already there" in capsys.readouterr().err
    names = {"a-red-heart_1.png", "a-red-heart_2.png", "a-dog_1.png", "a-dog_2.png"}
    assert set(digests(tmp_path / "out")) == {*names, "report.ndjson"}


def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone.txt"), str(tmp_path / "out")]) == 2
    assert "gone.txt" in capsys.readouterr().err
    (tmp_path / "texts.txt").write_text("a dog\n")
    assert main([str(tmp_path / "texts.txt"), str(tmp_path / "out"), "--model", "x4-fidelity"]) == 6
    with pytest.raises(SystemExit):
        main([str(tmp_path / "texts.txt"), str(tmp_path / "out"), "--format", "docx"])
    assert "docx" in capsys.readouterr().err
