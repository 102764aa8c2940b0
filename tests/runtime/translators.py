"""Small translation networks as ONNX bytes: red and blue change places, the picture is blurred."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from srgan.runtime import ModelMetadata

RECEPTIVE_FIELD = 1


def translator(
    metadata: ModelMetadata | None = None,
    *,
    whole: bool = False,
    latent: int = 0,
    step: int = 1,
    strength: float = 1.0,
    fixed: tuple[int, int] | None = None,
) -> bytes:
    """``output = blur(swap(input)) [+ 0.5 - mean of the picture] [+ colour of the noise]``.

    Args:
        metadata: stored in the file; None makes a model of somebody else.
        whole: subtract the mean of the whole picture, as normalisations do.
        latent: length of a second input, whose sums shift the colours.
        step: sides of the input must divide by this.
        strength: of everything; a huge one overflows.
        fixed: height and width of the only input allowed.
    """
    weights = np.zeros((3, 3, 3, 3), np.float32)
    for channel in range(3):
        weights[channel, 2 - channel] = strength / 9
    tensors = [numpy_helper.from_array(weights, "weights")]
    height, width = fixed or ("height", "width")
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, height, width])]
    nodes = [
        helper.make_node("SpaceToDepth", ["input"], ["deep"], blocksize=step),
        helper.make_node("DepthToSpace", ["deep"], ["picture"], blocksize=step),
        helper.make_node("Conv", ["picture", "weights"], ["blurred"], pads=[1, 1, 1, 1]),
    ]
    current = "blurred"
    if whole:
        tensors.append(numpy_helper.from_array(np.array([2, 3], np.int64), "axes"))
        tensors.append(numpy_helper.from_array(np.array(0.5, np.float32), "grey"))
        nodes.append(helper.make_node("ReduceMean", [current, "axes"], ["mean"], keepdims=1))
        nodes.append(helper.make_node("Sub", [current, "mean"], ["centred"]))
        nodes.append(helper.make_node("Add", ["centred", "grey"], ["raised"]))
        current = "raised"
    if latent:
        mixing = np.linspace(-0.1, 0.1, latent * 3).reshape(latent, 3).astype(np.float32)
        tensors.append(numpy_helper.from_array(mixing, "mixing"))
        tensors.append(numpy_helper.from_array(np.array([-1, 3, 1, 1], np.int64), "shape"))
        inputs.append(helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", latent]))
        nodes.append(helper.make_node("MatMul", ["noise", "mixing"], ["mixed"]))
        nodes.append(helper.make_node("Reshape", ["mixed", "shape"], ["shift"]))
        nodes.append(helper.make_node("Add", [current, "shift"], ["shifted"]))
        current = "shifted"
    nodes.append(helper.make_node("Identity", [current], ["output"]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, "rows", "columns"])
    graph = helper.make_graph(nodes, "test", inputs, [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if metadata is not None:
        helper.set_model_props(model, metadata.to_props())
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def described(*, whole: bool = False, latent: int = 0, step: int = 1, **fields: Any) -> bytes:  # noqa: ANN401
    """A translator whose file says everything that is to be known about it; `fields` are further metadata."""
    facts = {
        "name": "swap",
        "task": "paired_translation",
        "scale": 1,
        "receptive_field": None if whole else RECEPTIVE_FIELD,
        "multiple_of": step,
        "latent": latent,
        "licence": "CC0-1.0",
    }
    return translator(ModelMetadata.model_validate(facts | fields), whole=whole, latent=latent, step=step)
