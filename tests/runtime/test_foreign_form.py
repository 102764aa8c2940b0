"""Models of somebody else with other layouts and ranges give what they give in their own form."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from srgan.runtime import load_model
from srgan.runtime.foreign_form import Form, find_form, in_our_form
from srgan.runtime.onnx_file import UINT8, read_onnx_file
from tests.runtime.networks import network

LAYOUTS = {"first": (False, False), "last": (True, True), "mixed": (True, False)}
RANGES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "ones": ((0, 1), (0, 1)),
    "bytes": ((0, 255), (0, 255)),
    "signed": ((-1, 1), (-1, 1)),
    "bytes out": ((0, 1), (0, 255)),
}


def ours(*, fixed: tuple[int, int] | None = None) -> bytes:
    """The x2 network of the other tests, with biases: without them a network counts as one likes."""
    model = onnx.load_model_from_string(network(2, fixed=fixed))
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    first.input.append("bias")
    model.graph.initializer.append(numpy_helper.from_array(np.linspace(-1, 1, 8, dtype=np.float32), "bias"))
    return bytes(model.SerializeToString())


def foreign(form: Form, *, fixed: tuple[int, int] | None = None) -> bytes:
    """The x2 network of the other tests as somebody else would have written it."""
    model = onnx.load_model_from_string(ours(fixed=fixed))
    numbers = {
        "low": form.takes[0], "range": form.takes[1] - form.takes[0],
        "low_out": form.gives[0], "range_out": form.gives[1] - form.gives[0],
    }  # fmt: skip
    model.graph.initializer.extend(numpy_helper.from_array(np.array(v, np.float32), k) for k, v in numbers.items())
    nodes = list(model.graph.node)
    for node in nodes:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = {"input": "inner", "output": "result"}.get(name, name)
    before = [helper.make_node("Cast", ["x"], ["x.f"], to=1)]
    before.append(helper.make_node("Transpose", ["x.f"], ["x.t"], perm=[0, 3, 1, 2] if form.last else [0, 1, 2, 3]))
    before += [helper.make_node("Sub", ["x.t", "low"], ["x.s"]), helper.make_node("Div", ["x.s", "range"], ["inner"])]
    after = [
        helper.make_node("Mul", ["result", "range_out"], ["y.m"]),
        helper.make_node("Add", ["y.m", "low_out"], ["y.s"]),
    ]
    # Networks of signed pictures end in a tangent.
    bounds = form.gives if form.gives[0] else (-1e9, 1e9)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.array(v, np.float32), k) for k, v in zip(("least", "most"), bounds, strict=True)
    )
    after.append(helper.make_node("Clip", ["y.s", "least", "most"], ["y.a"]))
    after.append(helper.make_node("Transpose", ["y.a"], ["y"], perm=[0, 2, 3, 1] if form.last_out else [0, 1, 2, 3]))
    del model.graph.node[:]
    model.graph.node.extend([*before, *nodes, *after])
    height, width = fixed or ("h", "w")
    shape: list[Any] = ["n", height, width, 3] if form.last else ["n", 3, height, width]
    kind = TensorProto.UINT8 if form.kind == UINT8 else TensorProto.FLOAT
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", kind, shape))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "a", "b", "c"]))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("values", RANGES)
def test_a_picture_is_what_it_is_in_our_form(layout: str, values: str) -> None:
    form = Form(*LAYOUTS[layout], *RANGES[values])
    content = foreign(form)
    assert find_form(read_onnx_file(content)) == form
    picture = np.random.default_rng(0).integers(0, 256, (21, 18, 3), np.uint8)
    model = load_model(content, device="cpu", precision="fp32")
    expected = load_model(ours(), device="cpu", precision="fp32").upscale(picture)
    assert np.abs(model.upscale(picture).astype(int) - expected).max() <= 1
    assert model.sha256 == read_onnx_file(content).sha256
    assert [form.words in note for note in model.notes] == [True] * (not form.ours)


def test_eight_bit_input() -> None:
    form = Form(True, True, (0, 255), (0, 255), UINT8)
    content = foreign(form)
    assert find_form(read_onnx_file(content)) == form
    picture = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    result = load_model(content, device="cpu", precision="fp32").upscale(picture)
    expected = load_model(ours(), device="cpu", precision="fp32").upscale(picture)
    assert np.abs(result.astype(int) - expected).max() <= 1


def test_fixed_sides_are_kept() -> None:
    file = read_onnx_file(foreign(Form(True, True, (0, 255), (0, 255)), fixed=(48, 40)))
    assert in_our_form(file, find_form(file)).inputs[0].shape == (None, 3, 48, 40)
    assert load_model(file.content, device="cpu").upscale(np.zeros((60, 50, 3), np.uint8)).shape == (120, 100, 3)


def test_a_file_in_our_form_stays_as_it_is() -> None:
    file = read_onnx_file(network(2))
    assert find_form(file) == Form()
    assert in_our_form(file, Form()) is file


def test_what_makes_something_else_of_pictures_keeps_our_form() -> None:
    """A style transfer cannot be told by its result."""
    model = onnx.load_model_from_string(network(1, poison=50.0))
    assert find_form(read_onnx_file(model.SerializeToString())) == Form()


def test_what_does_not_run_is_told_of_elsewhere() -> None:
    model = onnx.load_model_from_string(network(2))
    model.graph.node[0].op_type = "Nowhere"
    assert find_form(read_onnx_file(model.SerializeToString())) == Form()
