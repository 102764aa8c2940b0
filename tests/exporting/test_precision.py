"""Files of lower precision: within the tolerance in the sessions that serve them, or refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from PIL import Image

from srgan.errors import ModelError, UsageError
from srgan.exporting.calibration import read_calibration
from srgan.exporting.examples import SHAPES, example_feeds, example_picture
from srgan.exporting.forms import check_form, shaped
from srgan.exporting.precision import lower
from srgan.exporting.quantising import AGREEMENT, find_quantised
from srgan.exporting.target import Axes, Target, Tolerance
from srgan.runtime import ModelMetadata, load_model, read_model_file
from tests.runtime.networks import described

NAMES = {"1x3x1x1", "1x3x7x5", "1x3x37x53", "1x3x64x64", "1x3x128x96", "3x3x64x64"}


def model(**options: Any) -> tuple[onnx.ModelProto, ModelMetadata]:  # noqa: ANN401
    content = described(2, 4, **options)
    metadata = read_model_file(content).metadata
    assert metadata is not None
    return onnx.load_model_from_string(content), metadata


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        picture = example_picture(1, 90 + number, 80)[0].transpose(1, 2, 0)
        Image.fromarray(np.rint(255 * picture).astype(np.uint8)).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    Image.new("RGB", (9, 9)).save(folder / "tiny.png")
    return folder


@pytest.mark.parametrize(("precision", "least"), [("fp16", 50), ("bf16", 45)])
def test_half_precisions_pass_the_gate_at_every_shape(precision: str, least: float) -> None:
    graph, metadata = model()
    lowered = lower(graph, metadata, precision, Target())  # type: ignore[arg-type]
    file = read_model_file(lowered.model.SerializeToString())
    assert file.metadata == lowered.metadata
    assert file.metadata is not None
    assert file.metadata.precision == precision
    parity = json.loads(json.dumps(file.metadata.parity))
    assert (parity["precision"], parity["least_psnr"]) == (precision, least)
    assert parity["psnr"].keys() >= ({"openvino", "onnxruntime", "rounded"} if precision == "fp16" else set())
    assert parity["psnr"]
    for shapes in parity["psnr"].values():
        assert shapes.keys() >= NAMES
        assert min(shapes.values()) >= least
    assert load_model(lowered.model.SerializeToString(), device="cpu").scale == 2


def test_sides_below_the_minimum_are_padded_as_the_runtime_pads_them() -> None:
    graph, metadata = model(unshuffle=2, minimum=12)
    parity = lower(graph, metadata, "fp16", Target()).metadata.parity["psnr"]
    assert parity["onnxruntime"].keys() >= NAMES  # type: ignore[index,call-overload,union-attr]
    feeds = example_feeds(graph, metadata)
    shapes = {name: feeds[name]["input"].shape for name in ("1x3x1x1", "1x3x37x53", "3x3x64x64")}
    assert shapes == {"1x3x1x1": (1, 3, 12, 12), "1x3x37x53": (1, 3, 38, 54), "3x3x64x64": (3, 3, 64, 64)}
    padded, given = feeds["1x3x37x53"]["input"], example_picture(1, 37, 53)
    assert np.array_equal(padded[..., :37, :53], given)
    # Mirrored without the border pixel itself.
    assert np.array_equal(padded[..., 37, :53], given[..., 35, :])
    assert len(SHAPES) >= len(NAMES)


def test_a_precision_outside_its_tolerance_is_refused() -> None:
    graph, metadata = model()
    with pytest.raises(ModelError, match=r"dB from the network \(needed: 110 dB\).*nothing was written"):
        lower(graph, metadata, "bf16", Target(tolerance=Tolerance(bf16=110)))


def test_an_overflowing_network_never_becomes_a_black_picture() -> None:
    graph, metadata = model()
    for tensor in graph.graph.initializer:
        factor = {"w1": 1e7, "w2": 1e-7}.get(tensor.name, 1.0)
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(factor), tensor.name))
    lowered = lower(graph, metadata, "fp16", Target())
    assert len(lowered.metadata.parity["kept_fp32"]) >= 2  # type: ignore[arg-type]
    picture = np.rint(255 * example_picture(1, 30, 31)[0].transpose(1, 2, 0)).astype(np.uint8)
    exact, half = (load_model(one.SerializeToString(), device="cpu").upscale(picture) for one in (graph, lowered.model))
    assert np.abs(exact.astype(int) - half).max() <= 2


def test_int8_is_calibrated_on_real_pictures(pictures: Path) -> None:
    graph, metadata = model()
    lowered = lower(graph, metadata, "int8", Target(), pictures)
    parity = lowered.metadata.parity
    measured = parity["task_psnr"]
    assert isinstance(measured, dict)
    assert measured["fp32"] - measured["int8"] <= 0.3  # type: ignore[operator]
    assert any(node.op_type == "QuantizeLinear" for node in lowered.model.graph.node)
    assert parity["psnr"].keys() == {"openvino", "onnxruntime"}  # type: ignore[union-attr]
    assert load_model(lowered.model.SerializeToString(), device="cpu").scale == 2


def test_int8_needs_pictures(tmp_path: Path) -> None:
    graph, metadata = model()
    with pytest.raises(UsageError, match="add --calibration FOLDER"):
        lower(graph, metadata, "int8", Target())
    small = tmp_path / "small"
    small.mkdir()
    Image.new("RGB", (9, 9)).save(small / "tiny.png")
    with pytest.raises(UsageError, match="0 of 1 pictures can be used, and 2 are needed, of 32 pixels"):
        lower(graph, metadata, "int8", Target(), small)
    with pytest.raises(UsageError, match=r"--calibration: the folder .* is not there"):
        lower(graph, metadata, "int8", Target(), tmp_path / "absent")


def test_calibration_and_judging_use_different_pictures(pictures: Path) -> None:
    calibration = read_calibration(pictures, model()[1])
    assert (len(calibration.ranges), len(calibration.judged), len(calibration.truths)) == (2, 2, 2)
    small, true = calibration.judged[0]["input"], calibration.truths[0]
    assert true.shape == (2 * small.shape[2], 2 * small.shape[3], 3)
    assert not any(np.array_equal(small, feed["input"]) for feed in calibration.ranges)
    exact = [(one / 255).transpose(2, 0, 1)[None].astype(np.float32) for one in calibration.truths]
    assert calibration.quality(exact) == np.inf


def test_a_layer_that_int8_harms_keeps_float32(pictures: Path) -> None:
    graph, metadata = model()
    # One weight a thousand times as large as all others of its channel, on a channel that hardly matters later: the
    # range of the values behind it swallows the rest.
    for tensor in graph.graph.initializer:
        value = numpy_helper.to_array(tensor).copy()
        if tensor.name == "w1":
            value[0] *= 3000
        if tensor.name == "w2":
            value[:, 0] /= 3000
        tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    calibration = read_calibration(pictures, metadata)
    calibration = type(calibration)(calibration.ranges, calibration.judged, [], calibration.scale)
    quantised = find_quantised(graph, calibration)
    layers = [node for node in quantised.model.graph.node if node.op_type == "Conv"]
    assert 0 < len(quantised.kept) < len(layers)
    assert any("w2" in node.input for node in quantised.model.graph.node if node.name in quantised.kept)
    assert quantised.measured["agreement"] >= AGREEMENT


def test_int8_is_refused_where_a_single_layer_costs_too_much(pictures: Path) -> None:
    graph, metadata = model()
    with pytest.raises(ModelError, match=r"costs more than -50 dB .* even in a single layer"):
        find_quantised(graph, read_calibration(pictures, metadata), allowed=-50)


def test_eight_bit_pixels(pictures: Path) -> None:
    graph, metadata = model()
    target = Target(pixels="uint8")
    made = shaped(graph, metadata, target)
    assert check_form(made, graph, metadata, target) <= 1.01 / 255
    (entry,), (result,) = made.graph.input, made.graph.output
    assert (entry.name, result.name) == ("input", "output")
    for value in (entry, result):
        assert value.type.tensor_type.elem_type == onnx.TensorProto.UINT8
        assert value.type.tensor_type.shape.dim[3].dim_value == 3
    assert {prop.key for prop in made.metadata_props} == {prop.key for prop in graph.metadata_props}
    weights = next(tensor for tensor in made.graph.initializer if len(tensor.dims) == 4)
    weights.CopyFrom(numpy_helper.from_array(2 * numpy_helper.to_array(weights), weights.name))
    with pytest.raises(ModelError, match="the model differs by"):
        check_form(made, graph, metadata, target)


@pytest.mark.parametrize("pixels", ["float32", "uint8"])
def test_fixed_sides_and_another_opset(pixels: str) -> None:
    graph, metadata = model()
    target = Target(pixels=pixels, opset=20, axes=Axes(batch=1, height=48, width=40))  # type: ignore[arg-type]
    made = shaped(graph, metadata, target)
    check_form(made, graph, metadata, target)
    sides = [side.dim_value for side in made.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ([1, 48, 40, 3] if pixels == "uint8" else [1, 3, 48, 40])
    results = [side.dim_value for side in made.graph.output[0].type.tensor_type.shape.dim]
    assert results == ([1, 96, 80, 3] if pixels == "uint8" else [1, 3, 96, 80])
    assert made.opset_import[0].version == 20
    if pixels == "float32":
        picture = np.zeros((60, 70, 3), np.uint8)
        assert load_model(made.SerializeToString(), device="cpu").upscale(picture).shape == (120, 140, 3)


def test_sides_that_the_network_does_not_take_are_refused() -> None:
    graph, metadata = model(unshuffle=2)
    target = Target(axes=Axes(height=33, width=40))
    with pytest.raises(UsageError, match=r"asks for pictures of 40 x 33, and the network's sides are multiples of 2"):
        shaped(graph, metadata, target)
