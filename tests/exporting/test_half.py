"""fp16 that never gives black pictures: what overflows keeps float32, or there is no file."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from srgan.errors import ModelError
from srgan.exporting.examples import example_picture
from srgan.exporting.execution import Feed, compute, largest_values, name_nodes, rounded
from srgan.exporting.fallback import fewest_kept
from srgan.exporting.half import find_half
from srgan.metrics import psnr
from tests.runtime.networks import network

FEEDS: list[Feed] = [{"input": example_picture(1, 20, 28)}]


def graph(*, first: float = 1.0, later: float = 1.0) -> onnx.ModelProto:
    """Four convolutions; the second one's weights are multiplied by `first`, the third one's by `later`."""
    model = onnx.load_model_from_string(network(2, 4))
    for tensor in model.graph.initializer:
        factor = {"w1": first, "w2": later}.get(tensor.name, 1.0)
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(factor), tensor.name))
    name_nodes(model)
    return model


def reached(model: onnx.ModelProto, other: onnx.ModelProto) -> float:
    first, second = (compute(one, FEEDS, exact=True)[0][0] for one in (model, other))
    assert np.isfinite(second).all()
    return psnr(second, first, peak=1.0)


def rounding_psnr(model: onnx.ModelProto, precision: str) -> float:
    """PSNR of a graph to itself with all that its nodes give rounded to a precision; NaN for values not finite."""
    result = compute(rounded(model, precision, largest_values(model, FEEDS)), FEEDS, exact=True)[0][0]
    return psnr(result, compute(model, FEEDS)[0][0], peak=1.0) if np.isfinite(result).all() else float("nan")


def test_a_harmless_network_is_all_fp16() -> None:
    model = graph()
    half = find_half(model, FEEDS, least=50)
    assert half.kept == []
    assert reached(model, half.model) >= 50
    assert reached(model, half.emulated) >= 50
    weights = {tensor.data_type for tensor in half.model.graph.initializer if len(tensor.dims) == 4}
    assert weights == {TensorProto.FLOAT16}
    for value in (*half.model.graph.input, *half.model.graph.output):
        assert value.type.tensor_type.elem_type == TensorProto.FLOAT


def test_the_emulation_overflows_as_a_gpu_does() -> None:
    model = graph(first=1e7, later=1e-7)
    assert np.isfinite(compute(model, FEEDS)[0][0]).all()
    assert np.isnan(rounding_psnr(model, "fp16"))
    assert rounding_psnr(model, "bf16") > 35


def test_layers_that_overflow_keep_float32() -> None:
    model = graph(first=1e7, later=1e-7)
    half = find_half(model, FEEDS, least=50)
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    assert set(convolutions) & set(half.kept) == set(convolutions[1:3])
    assert reached(model, half.emulated) >= 50
    assert reached(model, half.model) >= 50
    kept = [tensor.data_type for tensor in half.model.graph.initializer if tensor.name in ("w1", "w2")]
    assert kept == [TensorProto.FLOAT] * 2


def test_weights_beyond_fp16_keep_float32() -> None:
    model = graph(first=1e-6)
    place = next(tensor for tensor in model.graph.initializer if tensor.name == "w2")
    large = numpy_helper.to_array(place) * np.float32(1e6)
    place.CopyFrom(numpy_helper.from_array(large, "w2"))
    assert np.abs(large).max() > 65504
    half = find_half(model, FEEDS, least=50)
    assert next(node.name for node in model.graph.node if "w2" in node.input) in half.kept
    assert reached(model, half.model) >= 50


def test_layers_whose_rounding_shows_keep_float32() -> None:
    """A large number is added and taken away again: fp16 has no digits left for the picture between the two."""
    model = graph()
    after = list(model.graph.node)
    after[0].input[0] = "shown"
    del model.graph.node[:]
    model.graph.initializer.append(numpy_helper.from_array(np.array(4000, np.float32), "offset"))
    model.graph.node.extend(
        [
            helper.make_node("Add", ["input", "offset"], ["raised"], name="raise"),
            helper.make_node("Sub", ["raised", "offset"], ["shown"], name="lower"),
            *after,
        ]
    )
    assert rounding_psnr(model, "fp16") < 30
    half = find_half(model, FEEDS, least=50)
    assert {"raise", "lower"} <= set(half.kept)
    assert len(half.kept) < len(model.graph.node) / 2
    assert reached(model, half.model) >= 50


def test_a_network_that_overflows_everywhere_is_refused() -> None:
    model = onnx.load_model_from_string(network(2, 2, poison=1e9))
    with pytest.raises(ModelError, match="unless every layer keeps float32"):
        find_half(model, FEEDS, least=50)


@pytest.mark.parametrize("needed", [0, 1, 3, 7])
def test_the_fewest_layers_are_kept(needed: int) -> None:
    layers = [f"layer{number}" for number in range(7)]
    tried: list[int] = []

    def suffices(kept: list[str]) -> bool:
        tried.append(len(kept))
        return len(kept) >= needed

    assert fewest_kept(layers, suffices) == layers[:needed]
    assert len(tried) <= 4


def test_nothing_suffices() -> None:
    assert fewest_kept(["a", "b"], lambda _: False) is None
