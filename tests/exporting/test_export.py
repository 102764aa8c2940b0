"""Export: self-describing files that agree with their network, or no file."""

from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper

from srgan.errors import ModelError, UsageError
from srgan.exporting import check_parity, export_model, to_onnx
from srgan.networks import GENERATORS
from srgan.runtime import load_model, read_model_file
from srgan.training import Checkpoint, save_checkpoint
from tests.networks.enlargers import ENLARGERS, small_enlarger, small_options


def save(folder: Path, weights: dict[str, torch.Tensor] | None = None, kind: str = "compact") -> Path:
    network = small_enlarger(kind)
    metadata = {
        "generator": {"kind": kind, **small_options(kind, 4)},
        "name": "little",
        "task": "super_resolution",
        "scale": 4,
        "receptive_field": 5,
        "multiple_of": 1,
        "minimum": 1,
        "licence": "Apache-2.0",
        "training_run": "{}",
        "training_run_hash": "ab",
        "data_hash": "cd",
    }
    state = network.state_dict() if weights is None else weights
    return save_checkpoint(folder / "checkpoints", Checkpoint(3, state, metadata, {}, {}), keep=1)


@pytest.mark.parametrize("kind", ENLARGERS)
@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
def test_every_generator_exports_and_agrees(kind: str, scale: int) -> None:
    network = small_enlarger(kind, scale)
    model = to_onnx(network)
    report = check_parity(model.SerializeToString(), network)
    for shapes in report["max_error"].values():
        assert {"1x3x1x1", "1x3x37x53", "1x3x64x64", "3x3x64x64"} <= shapes.keys()
        assert max(shapes.values()) <= 1e-4
    assert [opset.version for opset in model.opset_import if not opset.domain] == [18]
    assert [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [
        "batch",
        3,
        "height",
        "width",
    ]
    assert (model.graph.input[0].name, model.graph.output[0].name) == ("input", "output")


def test_pixel_shuffle_keeps_the_order_of_colours() -> None:
    shuffles = [
        n for n in to_onnx(GENERATORS["compact"](channels=8, blocks=1)).graph.node if n.op_type == "DepthToSpace"
    ]
    assert [{a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}["mode"] for n in shuffles] == [b"CRD"]


def test_the_file_describes_itself(tmp_path: Path) -> None:
    checkpoint = save(tmp_path)
    for source in (tmp_path, checkpoint, checkpoint / "model.safetensors"):
        output = tmp_path / "out.onnx"
        report = export_model(source, output, name="mine")
        metadata = read_model_file(output).metadata
        assert metadata == report.metadata
        assert metadata is not None
        assert (metadata.name, metadata.scale, metadata.receptive_field) == ("mine", 4, 5)
        assert (metadata.licence, metadata.training_run_hash, metadata.data_hash) == ("Apache-2.0", "ab", "cd")
        assert "openvino" in metadata.parity["max_error"]  # type: ignore[operator]
        assert load_model(output, device="cpu").scale == 4
        output.unlink()


def test_a_wrong_graph_is_refused() -> None:
    torch.manual_seed(0)
    network = GENERATORS["compact"](channels=8, blocks=1)
    model = to_onnx(network)
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * 1.5, weight.name))
    with pytest.raises(ModelError, match=r"differs from the network by .* nothing was written"):
        check_parity(model.SerializeToString(), network)


def test_no_file_appears_when_parity_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ModelError("differs")

    monkeypatch.setattr("srgan.exporting.export.check_parity", refuse)
    save(tmp_path)
    with pytest.raises(ModelError, match="differs"):
        export_model(tmp_path, tmp_path / "out.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoints"]


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no checkpoint"):
        export_model(tmp_path, tmp_path / "out.onnx")
    with pytest.raises(UsageError, match=r"something\.onnx"):
        export_model(tmp_path, tmp_path / "out.pt")
    save(tmp_path / "other", {"head.weight": torch.zeros(2, 2)})
    with pytest.raises(ModelError, match="do not fit"):
        export_model(tmp_path / "other", tmp_path / "out.onnx")
