import json
from pathlib import Path

import pytest
import torch

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.networks import Compact
from srgan.runtime import ModelMetadata, read_model_file
from srgan.training.checkpoint import save_model
from tests.runtime.networks import network
from tests.zoo.conftest import add_model, index, packaged, with_translator

__all__ = ["index", "packaged", "with_translator"]


def models(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(cli, ["models", *arguments])
    return code, *capsys.readouterr()


def test_list(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = models(capsys, "list")
    assert code == 0
    first, second = out.splitlines()
    assert first.split() == ["x2-tiny", "super_resolution", "x2", "-", "CC0-1.0", "for", "tests"]
    assert second.startswith("bicubic  super_resolution  x4")


def test_list_with_a_translation_model(with_translator: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = models(capsys, "list")[1].splitlines()
    assert lines[0].startswith("x2-tiny  super_resolution    x2        -  CC0-1.0 ")
    assert lines[1].split()[:3] == ["swap", "paired_translation", "x1"]
    assert lines[1].endswith("(default)")
    assert [row["default"] for row in json.loads(models(capsys, "list", "--json")[1])] == [False, True, False]


def test_list_says_defaults_of_scales_and_faithful_models(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_model(packaged, "half", more='default = true\nfidelity = "x2-tiny"')
    lines = models(capsys, "list")[1].splitlines()
    assert lines[1].endswith("  (default up to x2)  (--strength mixes it with x2-tiny)")
    assert "(" not in lines[0]


def test_list_as_json(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(models(capsys, "list", "--json")[1])
    assert [row["name"] for row in rows] == ["x2-tiny", "bicubic"]
    assert all(
        set(row)
        == {
            *("name", "task", "scale", "licence", "summary", "default", "file"),
            *("bytes", "sha256", "training_data", "protocol", "metrics", "fidelity"),
        }
        for row in rows
    )


def test_info_shows_metadata_and_card(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = models(capsys, "info", "x2-tiny")
    assert code == 0
    assert "# x2-tiny\n\nFor tests." in out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert lines["receptive_field"] == ["3"]
    assert lines["scale"] == ["2"]
    assert set(ModelMetadata.model_fields) <= set(lines)


def test_info_of_a_packaged_model_tells_what_it_learnt_from_and_how_it_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = json.loads(models(capsys, "info", "x4-fidelity", "--json")[1])
    assert facts["metrics"]["Set14"].keys() == {"PSNR", "SSIM", "LPIPS"}
    assert "photographs" in facts["training_data"]
    assert "luma of BT.601" in facts["protocol"]
    assert facts["bytes"] == Path(facts["file"]).stat().st_size


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
    assert (facts["scale"], facts["pictures"]) == (2, "channels first, values 0 to 1")
    assert facts["licence"] is None
    assert facts["file"] == str(path)
    assert json.loads(models(capsys, "info", "bicubic", "--json")[1])["receptive_field"] == 2


def test_info_of_nothing(packaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = models(capsys, "info", "x2")
    assert (code, out) == (6, "")
    assert "did you mean 'x2-tiny'?" in said
    assert models(capsys, "info", "./gone.onnx")[0] == 6


def trained(path: Path, seed: int) -> str:
    torch.manual_seed(seed)
    described = {
        "generator": {"kind": "compact", "scale": 2, "channels": 8, "blocks": 1},
        "name": "little",
        "task": "super_resolution",
        "scale": 2,
        "receptive_field": 5,
        "multiple_of": 1,
        "minimum": 1,
        "licence": "Apache-2.0",
        "data_licence": "CC0-1.0",
        "training_run": "{}",
        "training_run_hash": f"{seed:02d}",
    }
    save_model(path, Compact(scale=2, channels=8, blocks=1).state_dict(), described)
    return str(path)


def test_interpolate_gives_what_export_takes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ends = [trained(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)]
    output = str(tmp_path / "mixed.safetensors")
    assert models(capsys, "interpolate", *ends, "--alpha", "0.3", "-o", output)[:2] == (0, f"{output}\n")
    assert run(cli, ["export", output, "-o", str(tmp_path / "mixed.onnx")]) == 0
    metadata = read_model_file(tmp_path / "mixed.onnx").metadata
    assert metadata is not None
    assert (metadata.name, metadata.scale) == ("little", 2)
    assert metadata.interpolation["alpha"] == 0.3
    assert metadata.interpolation.keys() == {"alpha", "first", "second"}


def test_info_of_weights(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = trained(tmp_path / "model.safetensors", 1)
    facts = json.loads(models(capsys, "info", path, "--json")[1])
    assert (facts["name"], facts["licence"], facts["generator"]["kind"]) == ("little", "Apache-2.0", "compact")
    counted = sum(parameter.numel() for parameter in Compact(scale=2, channels=8, blocks=1).state_dict().values())
    assert (facts["parameters"], facts["bytes"]) == (counted, Path(path).stat().st_size)
    for content in (b"", b"\x08\0\0\0\0\0\0\0{}      ", (1 << 60).to_bytes(8, "little"), b"\x02\0\0\0\0\0\0\0[]"):
        Path(path).write_bytes(content)
        code, _, said = models(capsys, "info", path)
        assert (code, "model.safetensors" in said) == (6, True)
    assert models(capsys, "info", "./gone.safetensors")[0] == 6


def test_interpolate_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = trained(tmp_path / "1.safetensors", 1)
    output = ("-o", str(tmp_path / "out.safetensors"))
    code, out, said = models(capsys, "interpolate", one, one, "--alpha", "1.5", *output)
    assert (code, out) == (2, "")
    assert "1.5 is not in the range 0<=x<=1" in said
    code, out, said = models(capsys, "interpolate", one, str(tmp_path / "gone"), *output)
    assert (code, out) == (2, "")
    assert "gone is not there" in said
