"""Small networks that make pictures of texts, classes or noise, as ONNX bytes."""

from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from srgan.runtime import ModelMetadata
from srgan.text import ByteTokenizer, TextDescription

TOKENS, LATENT, SIZE = 24, 6, 8
CLASSES = ("cat", "Dog", "0 or 1")

Kind = Literal["text", "class", "noise"]


def maker(
    kind: Kind = "text",
    metadata: ModelMetadata | None = None,
    *,
    tokens: int | str = TOKENS,
    batch: int | str = "batch",
    noise: str = "noise",
    half: bool = False,
) -> bytes:
    """``output = sigmoid(colour of text or class + picture of the noise)``.

    Args:
        kind: what the network takes beside noise.
        metadata: stored in the file.
        tokens: length of the first input.
        batch: of all inputs; a number makes it fixed.
        noise: name of the input.
        half: the noise is float16.
    """
    rng = np.random.default_rng(1)
    numbers = {"text": (257, 3), "class": (len(CLASSES), 3), "noise": (1, 3)}[kind]
    colours = rng.standard_normal(numbers).astype(np.float32) * np.float32(3)
    mixing = rng.standard_normal((LATENT, 3 * SIZE * SIZE)).astype(np.float32)
    tensors = [
        numpy_helper.from_array(colours, "colours"),
        numpy_helper.from_array(mixing, "mixing"),
        numpy_helper.from_array(np.array([-1, 3, SIZE, SIZE], np.int64), "pictures"),
        numpy_helper.from_array(np.array([-1, 3, 1, 1], np.int64), "places"),
        numpy_helper.from_array(np.array([1], np.int64), "along"),
        numpy_helper.from_array(np.array([[0]], np.int64), "first"),
    ]
    inputs, nodes = [], []
    if kind == "text":
        inputs.append(helper.make_tensor_value_info("tokens", TensorProto.INT64, [batch, tokens]))
        nodes.append(helper.make_node("Gather", ["colours", "tokens"], ["each"]))
        nodes.append(helper.make_node("ReduceMean", ["each", "along"], ["colour"], keepdims=0))
    elif kind == "class":
        inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, [batch]))
        nodes.append(helper.make_node("Gather", ["colours", "label"], ["colour"]))
    else:
        nodes.append(helper.make_node("Gather", ["colours", "first"], ["colour"]))
    inputs.append(
        helper.make_tensor_value_info(noise, TensorProto.FLOAT16 if half else TensorProto.FLOAT, [batch, LATENT])
    )
    nodes += [
        helper.make_node("Cast", [noise], ["exact"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["exact", "mixing"], ["mixed"]),
        helper.make_node("Reshape", ["mixed", "pictures"], ["drawn"]),
        helper.make_node("Reshape", ["colour", "places"], ["shift"]),
        helper.make_node("Add", ["drawn", "shift"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["output"]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, 3, SIZE, SIZE])
    graph = helper.make_graph(nodes, "test", inputs, [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if metadata is not None:
        helper.set_model_props(model, metadata.to_props())
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def facts(kind: Kind = "text", **fields: Any) -> ModelMetadata:  # noqa: ANN401
    """What the file of a maker says about itself; `fields` are other metadata."""
    said: dict[str, Any] = {
        "name": f"{kind}-maker",
        "task": "text_to_image" if kind == "text" else "generation",
        "scale": 1,
        "receptive_field": 0,
        "latent": LATENT,
        "size": SIZE,
        "text": TextDescription(ByteTokenizer(TOKENS).to_json(), "0" * 64) if kind == "text" else None,
        "classes": CLASSES if kind == "class" else (),
        "licence": "CC0-1.0",
    }
    return ModelMetadata.model_validate(said | fields)


def described(kind: Kind = "text", **fields: Any) -> bytes:  # noqa: ANN401
    """A maker whose file says everything that is to be known about it."""
    return maker(kind, facts(kind, **fields))
