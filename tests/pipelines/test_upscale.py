import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.upscale import main
from tests.batch.pictures import NAMES, digests, make_model, make_pictures


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    imgs, model = make_pictures(tmp_path / "imgs"), make_model(tmp_path / "tiny.onnx")
    return [str(imgs), str(tmp_path / "out"), "--model", str(model), "--device", "cpu"]


def test_it_is_submitted_and_submitted_again(arguments: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    for done in (5, 0):
        job = subprocess.run(
            [sys.executable, "-m", "pipelines.upscale", *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert job.returncode == 0, job.stderr
        assert f"attempt 1: {done} done, {5 - done} already there" in job.stderr
        rows = [json.loads(line) for line in (tmp_path / "out/report.ndjson").read_text().splitlines()]
        assert [row["status"] for row in rows] == ["done" if done else "skipped"] * 5
    assert set(digests(tmp_path / "out")) == {*NAMES, "report.ndjson"}


def test_what_may_pass_is_tried_again(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from srgan.errors import PictureError
    from srgan.images import Decoder, Header, Picture

    look, failures = Decoder.look, iter(["oom", "corrupt"])

    def flaky(self: Decoder, source: str | Path | bytes, pixels: int) -> tuple[Header, Picture | None]:
        code = next(failures, None)
        if code is not None:
            raise PictureError(code, "for once")
        return look(self, source, pixels)

    monkeypatch.setattr(Decoder, "look", flaky)
    assert main(arguments) == 0
    said = capsys.readouterr().err
    assert "attempt 1: 3 done, 0 already there, 2 failed" in said
    assert "attempt 2: 2 done, 3 already there, 0 failed" in said


def test_strength(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    from srgan.images import read

    results = []
    for strength in ("1", "0.5", "0"):
        assert main([*arguments, "--strength", strength, "--overwrite"]) == 0
        results.append(read(next(Path(arguments[1]).rglob("*.png"))).rgb.astype(float))
    assert (results[0] != results[2]).any()
    assert np.abs(results[1] - (results[0] + results[2]) / 2).max() <= 1
    assert main([*arguments, "--strength", "2"]) == 2
    assert "--strength must lie between 0 and 1" in capsys.readouterr().err


def test_what_will_not_pass_is_not(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(arguments[0], "bad.png").write_bytes(b"bad")
    assert main(arguments) == 3
    said = capsys.readouterr().err
    assert "attempt 2" not in said
    assert "bad.png" in said


def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gone", *arguments[1:]]) == 2
    assert main([*arguments[:3], "gone.onnx"]) == 6
    assert "gone" in capsys.readouterr().err
