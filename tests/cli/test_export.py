"""``srgan export``: precisions and targets from the command line."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.exporting.examples import example_picture
from srgan.runtime import load_model, read_model_file
from tests.exporting.test_export import save


def export(capsys: pytest.CaptureFixture[str], folder: Path, output: Path, *options: str) -> tuple[int, str]:
    code = run(cli, ["export", str(folder), "-o", str(output), *options])
    return code, capsys.readouterr().err


def test_half_precision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path)
    output = tmp_path / "half.onnx"
    code, said = export(capsys, tmp_path, output, "--precision", "fp16")
    assert code == 0, said
    metadata = read_model_file(output).metadata
    assert metadata is not None
    assert metadata.precision == "fp16"
    assert metadata.parity == json.loads((tmp_path / "half.parity.json").read_text())
    assert metadata.parity["fp32"]["tolerance"] == 1e-4  # type: ignore[index, call-overload]
    picture = np.rint(255 * example_picture(1, 20, 20)[0].transpose(1, 2, 0)).astype(np.uint8)
    assert load_model(output, device="cpu").upscale(picture).shape == (80, 80, 3)


def test_int8_for_browsers(tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(2):
        large = np.rint(255 * example_picture(1, 160, 170 + number)[0].transpose(1, 2, 0)).astype(np.uint8)
        Image.fromarray(large).save(pictures / f"{number}.png")
    target = str(repository / "export/targets/browser.toml")
    options = ["--target", target, "--precision", "int8", "--calibration", str(pictures)]
    output = tmp_path / "web.onnx"
    code, said = export(capsys, tmp_path, output, *options)
    assert code == 0, said
    assert any(node.op_type == "QuantizeLinear" for node in onnx.load(output).graph.node)
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    assert [(entry.name, entry.type) for entry in session.get_inputs()] == [("input", "tensor(uint8)")]
    picture = np.rint(255 * example_picture(1, 24, 20)[0].transpose(1, 2, 0)).astype(np.uint8)
    (result,) = session.run(["output"], {"input": picture[None]})
    assert (result.shape, result.dtype) == ((1, 96, 80, 3), np.uint8)
    exact = tmp_path / "exact.onnx"
    assert export(capsys, tmp_path, exact)[0] == 0
    assert np.abs(load_model(exact, device="cpu").upscale(picture).astype(int) - result[0]).mean() < 3


def test_what_is_refused_before_anything_is_computed(
    tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path)
    browser = str(repository / "export/targets/browser.toml")
    for options, words in (
        (["--precision", "fp16", "--target", browser], "runs no fp16 files; it runs fp32, int8"),
        (["--target", str(repository / "export/targets/brwser.toml")], "there are"),
    ):
        code, said = export(capsys, tmp_path, tmp_path / "out.onnx", *options)
        assert code == 2
        assert words in said
    code, said = export(capsys, tmp_path, tmp_path / "out.onnx", "--precision", "int8")
    assert code == 2
    assert "add --calibration FOLDER" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoints"]
