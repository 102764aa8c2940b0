"""Small super-resolution networks as ONNX bytes, with random weights from a fixed seed and a known receptive field."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from srgan.runtime import ModelMetadata


def network(
    scale: int = 2,
    layers: int = 3,
    *,
    channels: int = 8,
    kernel: int = 3,
    unshuffle: int = 1,
    seed: int = 0,
    metadata: ModelMetadata | None = None,
    fixed: tuple[int, int] | None = None,
    poison: float = 1.0,
) -> bytes:
    """Convolutions with ReLU, then PixelShuffle, plus the input repeated: pixels stay near [0, 1].

    The receptive field is ``layers * (kernel // 2)`` pixels of the (unshuffled) input.

    Args:
        scale: of the network.
        layers: number of convolutions.
        channels: between them.
        kernel: side of the convolutions.
        unshuffle: the input's sides must divide by this (it is turned into channels first).
        seed: of the weights.
        metadata: stored in the file; None makes a model of somebody else.
        fixed: height and width of the only input allowed.
        poison: factor on the first weights (a huge one overflows).
    """
    rng = np.random.default_rng(seed)
    tensors, nodes = [], []
    current, inside = "input", 3 * unshuffle**2
    if unshuffle > 1:
        nodes.append(helper.make_node("SpaceToDepth", [current], ["unshuffled"], blocksize=unshuffle))
        current = "unshuffled"
    blocks = scale * unshuffle
    for layer in range(layers):
        last = layer == layers - 1
        out = 3 * blocks**2 if last else channels
        spread = np.sqrt(2 / (inside * kernel**2)) * (0.1 if last else 1) * (poison if layer == 0 else 1)
        weights = (rng.standard_normal((out, inside, kernel, kernel)) * spread).astype(np.float32)
        tensors.append(numpy_helper.from_array(weights, f"w{layer}"))
        nodes.append(helper.make_node("Conv", [current, f"w{layer}"], [f"c{layer}"], pads=[kernel // 2] * 4))
        current, inside = f"c{layer}", out
        if not last:
            nodes.append(helper.make_node("Relu", [current], [f"r{layer}"]))
            current = f"r{layer}"
    nodes.append(helper.make_node("DepthToSpace", [current], ["detail"], blocksize=blocks, mode="CRD"))
    tensors.append(numpy_helper.from_array(np.array([1, 1, scale, scale], np.float32), "factors"))
    nodes.append(helper.make_node("Resize", ["input", "", "factors"], ["repeated"], mode="nearest"))
    nodes.append(helper.make_node("Add", ["detail", "repeated"], ["output"]))
    height, width = fixed or ("height", "width")
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, height, width])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, "rows", "columns"])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if metadata is not None:
        helper.set_model_props(model, metadata.to_props())
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def described(scale: int = 2, layers: int = 3, *, name: str = "test", **options: Any) -> bytes:  # noqa: ANN401
    """A network whose file says everything that is to be known about it."""
    step = options.get("unshuffle", 1)
    metadata = ModelMetadata(
        name=name,
        architecture="test",
        scale=scale,
        receptive_field=layers * (options.get("kernel", 3) // 2) * step + step - 1,
        multiple_of=step,
        minimum=options.pop("minimum", 1),
        licence="CC0-1.0",
    )
    return network(scale, layers, metadata=metadata, **options)
