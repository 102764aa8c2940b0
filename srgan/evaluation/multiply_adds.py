"""What a network costs: multiplications, each with its addition."""

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from srgan.errors import ModelError

if TYPE_CHECKING:
    import onnx

__all__ = ["multiply_adds"]


def multiply_adds(path: Path, *, height: int, width: int) -> int:
    """Multiplications of the convolutions and matrix products of a model file for one picture.

    What is counted is the literature's usual count: everything else (activations, sums, interpolation) is left out.

    Args:
        path: ONNX file with one picture ``(batch, 3, height, width)`` as its first input.
        height: of the small picture.
        width: likewise.

    Raises:
        ModelError: the file cannot be read, or the shapes within it cannot be told from those of the picture.
    """
    import onnx

    try:
        model = onnx.load(path, load_external_data=False)
        shape = model.graph.input[0].type.tensor_type.shape
        for dimension, size in zip(shape.dim, (1, 3, height, width), strict=True):
            dimension.dim_value = size
        for output in model.graph.output:
            output.type.tensor_type.ClearField("shape")
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception as error:  # protobuf and onnx raise types of their own, which differ between versions
        raise ModelError(f"the cost of {path} cannot be told: {error}") from error
    shapes = {tensor.name: [*tensor.dims] for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        shapes[value.name] = [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
    return sum(_cost(node, shapes, path) for node in graph.node)


def _cost(node: "onnx.NodeProto", shapes: dict[str, list[int]], path: Path) -> int:
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0
    source, weights, result = (shapes.get(name, []) for name in (node.input[0], node.input[1], node.output[0]))
    if not all(source) or not all(weights) or not all(result) or not (source and weights and result):
        raise ModelError(f"the cost of {path} cannot be told: the shapes at {node.name or node.op_type} are not known")
    if node.op_type == "Conv":  # weights (out, in / groups, ...)
        return prod(result) * prod(weights[1:])
    if node.op_type == "ConvTranspose":  # weights (in, out / groups, ...)
        return prod(source) * prod(weights[1:])
    if node.op_type == "MatMul":
        return prod(result) * source[-1]
    transposed = next((attribute.i for attribute in node.attribute if attribute.name == "transA"), 0)
    return prod(result) * source[0 if transposed else 1]
