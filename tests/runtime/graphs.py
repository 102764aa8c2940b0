"""Small ONNX graphs from a list of nodes, and running them as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Node = tuple[str, Sequence[str], str, Mapping[str, Any]]
"""Operator, inputs, output, attributes."""


def graph_of(
    nodes: Sequence[Node], tensors: Mapping[str, NDArray[Any]], *, opset: int = 18, channels: int = 3
) -> onnx.ModelProto:
    """A graph from `input` to `output`, both ``(batch, channels, height, width)`` of any size."""
    made: list[NodeProto] = [helper.make_node(kind, list(takes), [gives], **more) for kind, takes, gives, more in nodes]
    graph = helper.make_graph(
        made,
        "test",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", channels, "height", "width"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "planes", "rows", "columns"])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def run_graph(model: onnx.ModelProto, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """What ONNX Runtime computes, with none of its own rewrites."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {model.graph.input[0].name: picture})[0])


def operators(model: onnx.ModelProto) -> list[str]:
    """The operators in the order in which they run."""
    return [node.op_type for node in model.graph.node]


def weights(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    """Random weights that keep the size of what they are applied to."""
    inside = int(np.prod(shape[1:])) or 1
    values = np.random.default_rng(seed).standard_normal(shape) / np.sqrt(inside)
    return np.asarray(values, np.float32)
