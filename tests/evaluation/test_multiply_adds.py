"""What a network costs."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from srgan.errors import ModelError
from srgan.evaluation import multiply_adds


def test_a_convolution_before_the_shuffle(nearest_model: Path) -> None:
    """3 to 12 channels of 3x3 at the small size; the shuffle costs nothing."""
    assert multiply_adds(nearest_model, height=10, width=7) == 10 * 7 * 12 * 3 * 9


def test_groups_strides_and_transposed_convolutions(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["input", "narrow"], ["half"], strides=[2, 2], pads=[1, 1, 1, 1], group=3),
        helper.make_node("ConvTranspose", ["half", "wide"], ["output"], strides=[2, 2]),
    ]
    shapes = {"narrow": (6, 1, 3, 3), "wide": (6, 3, 2, 2)}
    tensors = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in shapes.items()]
    sides = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, "height", "width"])
        for name in ("input", "output")
    ]
    graph = helper.make_graph(nodes, "both", sides[:1], sides[1:], tensors)
    path = tmp_path / "both.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    assert multiply_adds(path, height=8, width=8) == 4 * 4 * 6 * 1 * 9 + 4 * 4 * 6 * 3 * 4


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"the cost of .*absent\.onnx cannot be told"):
        multiply_adds(tmp_path / "absent.onnx", height=8, width=8)
    (tmp_path / "text.onnx").write_text("no model at all")
    with pytest.raises(ModelError, match="cannot be told"):
        multiply_adds(tmp_path / "text.onnx", height=8, width=8)
