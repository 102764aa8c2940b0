import json
from pathlib import Path

import pytest

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.runtime import ModelMetadata
from tests.runtime.networks import network
from tests.zoo.conftest import index, packaged

__all__ = ["index", "packaged"]


def models(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(cli, ["models", *arguments])
    return code, *capsys.readouterr()


def test_list(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = models(capsys, "list")
    assert code == 0
    first, second = out.splitlines()
    assert first.split() == ["x2-tiny", "x2", "CC0-1.0", "for", "tests"]
    assert second.startswith("bicubic  x4")


def test_list_as_json(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(models(capsys, "list", "--json")[1])
    assert [row["name"] for row in rows] == ["x2-tiny", "bicubic"]
    assert all(set(row) == {"name", "scale", "licence", "summary", "default", "file"} for row in rows)


def test_info_shows_metadata_and_card(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = models(capsys, "info", "x2-tiny")
    assert code == 0
    assert "# x2-tiny\n\nFor tests." in out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert lines["receptive_field"] == ["3"]
    assert lines["scale"] == ["2"]
    assert set(ModelMetadata.model_fields) <= set(lines)


def test_info_as_json_of_a_path(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    metadata = ModelMetadata(name="mine", scale=3, parity={"ok": True}, training_run='{"a": 1}')
    path = tmp_path / "mine.onnx"
    path.write_bytes(network(3, metadata=metadata))
    facts = json.loads(models(capsys, "info", str(path), "--json")[1])
    assert ModelMetadata.model_validate({key: facts[key] for key in ModelMetadata.model_fields}) == metadata
    assert facts["card"] is None
    assert facts["bytes"] == path.stat().st_size
    assert len(facts["sha256"]) == 64


def test_info_of_a_foreign_model_and_of_bicubic(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(network(2))
    facts = json.loads(models(capsys, "info", str(path), "--json")[1])
    assert facts["scale"] is None
    assert facts["file"] == str(path)
    assert json.loads(models(capsys, "info", "bicubic", "--json")[1])["receptive_field"] == 2


def test_info_of_nothing(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = models(capsys, "info", "x2")
    assert (code, out) == (6, "")
    assert "did you mean 'x2-tiny'?" in said
    assert models(capsys, "info", "./gone.onnx")[0] == 6
