"""The program that checks a model file before it goes into service."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from click.testing import CliRunner

from export.verify_model import main
from srgan.runtime import ModelMetadata


@pytest.fixture
def described_model(nearest_model: Path) -> Path:
    """The same, with all that a file of ours says about itself."""
    metadata = ModelMetadata(
        name="nearest",
        architecture="repeat",
        scale=2,
        receptive_field=1,
        licence="CC0-1.0",
        training_run_hash="0" * 64,
        parity={"largest": 0},
    )
    model = onnx.load(nearest_model)
    for key, value in metadata.to_props().items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, nearest_model)
    return nearest_model


def _check(model: Path) -> tuple[int, list[str]]:
    result = CliRunner().invoke(main, [str(model), "--device", "cpu"])
    return result.exit_code, result.output.splitlines()


def test_a_complete_model_passes(described_model: Path) -> None:
    code, lines = _check(described_model)
    assert [line.split(":")[0].split() for line in lines] == [
        ["ok", name] for name in ("metadata", "tiles", "shapes", "service")
    ]
    assert code == 0


def test_a_model_that_says_nothing_about_itself_fails(nearest_model: Path) -> None:
    code, lines = _check(nearest_model)
    assert code == 6
    assert lines[0].startswith("FAILED metadata: nothing about: architecture, licence")


def test_a_false_receptive_field_is_noticed(described_model: Path) -> None:
    model = onnx.load(described_model)
    for tensor in model.graph.initializer:
        weights = onnx.numpy_helper.to_array(tensor).copy()
        weights[:, :, 0, 0] = 0.25
        tensor.CopyFrom(onnx.numpy_helper.from_array(weights, tensor.name))
    for entry in model.metadata_props:
        if entry.key == "srgan.receptive_field":
            entry.value = "0"
    onnx.save(model, described_model)
    code, lines = _check(described_model)
    assert code == 6
    assert lines[1].startswith("FAILED tiles")


def test_it_runs_as_a_program(repository: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    absent = tmp_path / "absent.onnx"
    done = subprocess.run(
        [sys.executable, str(repository / "export" / "verify_model.py"), str(absent)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6
    assert str(absent) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_translation_that_looks_at_the_whole_picture(described_model: Path) -> None:
    model = onnx.load(described_model)
    for entry in [
        entry for entry in model.metadata_props if entry.key in ("srgan.scale", "srgan.receptive_field", "srgan.task")
    ]:
        model.metadata_props.remove(entry)
    for key, value in (("scale", "1"), ("task", "paired_translation")):
        model.metadata_props.add(key=f"srgan.{key}", value=value)
    del model.graph.node[:]
    model.graph.node.add(op_type="Identity", input=["input"], output=["output"])
    for value in model.graph.output:
        value.CopyFrom(model.graph.input[0])
        value.name = "output"
    onnx.save(model, described_model)
    code, lines = _check(described_model)
    assert (code, len(lines)) == (0, 4), lines
    assert lines[1] == "ok     tiles: none: the model looks at the whole picture"
    assert lines[3].startswith("ok     service: ")
