"""ONNX files of others become files of ours that give the same pictures."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.errors import UsageError
from srgan.exporting import export_model, import_onnx
from srgan.runtime import load_model, read_model_file
from srgan.runtime.foreign_form import Form
from tests.runtime.networks import described, network
from tests.runtime.test_foreign_form import foreign


def test_what_running_it_shows_is_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "theirs.onnx", tmp_path / "ours.onnx"
    source.write_bytes(foreign(Form(True, True, (0, 255), (0, 255))))
    assert run(cli, ["models", "import", str(source), "-o", str(output), "--licence", "MIT"]) == 0
    assert "channels last, values 0 to 255, x2, licence: MIT" in capsys.readouterr().err
    metadata = read_model_file(output).metadata
    assert metadata is not None
    assert (metadata.name, metadata.scale, metadata.licence, metadata.minimum) == ("theirs", 2, "MIT", 1)
    # Three convolutions of 3x3: a halo of 8 is the least that is tried.
    assert metadata.receptive_field == 8
    graph = onnx.load(output).graph
    assert (graph.input[0].name, graph.output[0].name) == ("input", "output")
    assert json.loads(output.with_suffix(".parity.json").read_text())["found"] == "channels last, values 0 to 255"
    picture = np.random.default_rng(0).integers(0, 256, (19, 23, 3), np.uint8)
    theirs, ours = (load_model(path, device="cpu", precision="fp32").upscale(picture) for path in (source, output))
    assert np.array_equal(theirs, ours)
    assert run(cli, ["models", "verify", str(output), "--device", "cpu"]) == 0
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert run(cli, ["upscale", str(tmp_path / "a.png"), "-m", str(output), "-o", str(tmp_path / "b.png")]) == 0


def test_an_older_opset_and_other_precisions(tmp_path: Path) -> None:
    model = onnx.load_model_from_string(network(2))
    model = onnx.version_converter.convert_version(model, 14)
    (tmp_path / "old.onnx").write_bytes(model.SerializeToString())
    report = import_onnx(tmp_path / "old.onnx", tmp_path / "new.onnx", precision="fp16")
    assert report.finished.metadata.precision == "fp16"
    assert [entry.version for entry in onnx.load(report.output).opset_import if not entry.domain] == [18]


def test_sides_that_a_network_does_not_take_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(network(2, unshuffle=4))
    metadata = import_onnx(tmp_path / "a.onnx", tmp_path / "b.onnx", name="four").finished.metadata
    assert (metadata.name, metadata.multiple_of, metadata.minimum) == ("four", 4, 4)
    export_model(tmp_path / "b.onnx", tmp_path / "c.onnx", precision="bf16")


def test_what_is_not_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(described(2))
    with pytest.raises(UsageError, match="describes itself already; srgan export"):
        import_onnx(path, tmp_path / "b.onnx")
    path.write_bytes(network(2, fixed=(64, 64)))
    with pytest.raises(UsageError, match=r"pictures of one size only; --model .*a\.onnx runs it as it is"):
        import_onnx(path, tmp_path / "b.onnx")
    assert not (tmp_path / "b.onnx").exists()
