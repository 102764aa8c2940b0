"""Files in another precision or form, made from an exported file alone."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.errors import ModelError, UsageError
from srgan.exporting import export_model, load_target
from srgan.exporting.target import Axes, Target
from srgan.runtime import ModelMetadata, load_model, read_file, read_model_file
from tests.runtime.networks import described, network
from tests.zoo.conftest import index, packaged

__all__ = ["index", "packaged"]

PARITY = {"max_error": {"openvino": {"1x3x1x1": 1e-7}}, "precision": "fp32", "tolerance": 1e-4}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.onnx"
    metadata = read_model_file(described(2)).metadata
    assert metadata is not None
    path.write_bytes(network(2, metadata=metadata.model_copy(update={"parity": PARITY, "training_run_hash": "ab"})))
    return path


def test_half_precision_of_a_file(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "half.onnx"
    report = export_model(source, output, precision="fp16")
    metadata = read_model_file(output).metadata
    assert metadata is not None
    assert (metadata.precision, metadata.training_run_hash) == ("fp16", "ab")
    assert metadata.parity["fp32"] == PARITY
    assert report.largest_errors.keys() >= {"onnxruntime", "rounded"}
    assert output.with_suffix(".parity.json").is_file()
    picture = np.asarray(Image.new("RGB", (20, 10), (200, 30, 90)))
    first, second = (load_model(path, device="cpu").upscale(picture).astype(int) for path in (source, output))
    assert np.abs(first - second).max() <= 2


def test_the_same_file_under_another_name(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "named.onnx"
    export_model(source, output, name="other")
    before, after = (read_model_file(path).metadata for path in (source, output))
    assert before is not None
    assert after == before.model_copy(update={"name": "other"})


def test_a_packaged_model_by_its_name(
    packaged: Path, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, web = repository / "export/targets/browser.toml", tmp_path / "web.onnx"
    assert run(cli, ["export", "x2-tiny", "-o", str(web), "--target", str(target)]) == 0
    assert onnx.load(web).graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert run(cli, ["models", "info", str(web)]) == 0
    assert "x2-tiny" in capsys.readouterr().out
    assert run(cli, ["models", "card", str(web)]) == 0
    assert 'ort.InferenceSession.create("web.onnx")' in capsys.readouterr().out
    for command in (["models", "verify", str(web)], ["upscale", str(web), "-m", str(web)]):
        assert run(cli, command) == 6
        assert "takes 8-bit pixels: it is for browsers" in capsys.readouterr().err
    assert run(cli, ["export", "x2-tinny", "-o", str(web)]) == 2
    assert "x2-tinny is not there" in capsys.readouterr().err
    (packaged.parent / "models/x2-tiny.onnx").write_bytes(b"other")
    assert run(cli, ["export", "x2-tiny", "-o", str(web)]) == 6
    assert "is damaged" in capsys.readouterr().err


def test_what_is_refused(source: Path, tmp_path: Path, repository: Path) -> None:
    output = tmp_path / "out.onnx"
    with pytest.raises(UsageError, match="is not there; give the folder of a run"):
        export_model(tmp_path / "absent.onnx", output)
    foreign = tmp_path / "foreign.onnx"
    foreign.write_bytes(network(2))
    with pytest.raises(ModelError, match="says nothing about itself"):
        export_model(foreign, output)
    half, fixed, web = tmp_path / "half.onnx", tmp_path / "fixed.onnx", tmp_path / "web.onnx"
    export_model(source, half, precision="bf16")
    with pytest.raises(UsageError, match="is in bf16; other files are made from one in fp32"):
        export_model(half, output)
    export_model(source, fixed, target=Target(axes=Axes(height=32, width=32)))
    with pytest.raises(UsageError, match="is of fixed sides"):
        export_model(fixed, output)
    export_model(source, web, target=load_target(repository / "export/targets/browser.toml"))
    with pytest.raises(ModelError, match="takes 8-bit pixels"):
        export_model(web, output)
    assert not output.exists()


def test_what_the_file_says_of_its_parity_may_be_nonsense(tmp_path: Path) -> None:
    errors: list[Any] = [3, {"openvino": {}}, {"openvino": {"1": "x"}}]
    nonsense: list[dict[str, Any]] = [{}, *({"max_error": said} for said in errors)]
    source = tmp_path / "source.onnx"
    for parity in nonsense:
        source.write_bytes(network(2, metadata=ModelMetadata(name="mine", scale=2, parity=parity)))
        report = export_model(source, tmp_path / "out.onnx")
        assert report.largest_errors == {}
        metadata = read_file(tmp_path / "out.onnx").metadata
        assert metadata is not None
        assert metadata.parity == {"precision": "fp32", "max_error": {}}
