"""The tensors that an ONNX file stores, wherever in it they stand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

__all__ = ["external_tensor", "stored_tensors"]

_EXTERNAL = 1


def stored_tensors(model: "onnx.ModelProto") -> Iterator["onnx.TensorProto"]:
    """Every tensor of a model: initialisers, constants, subgraphs, local functions."""
    graphs: list[onnx.GraphProto] = [model.graph]
    nodes: list[onnx.NodeProto] = [node for function in model.functions for node in function.node]
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield from (sparse.values, sparse.indices)
            nodes.extend(graph.node)
            continue
        for attribute in nodes.pop().attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            if attribute.HasField("g"):
                graphs.append(attribute.g)
            graphs.extend(attribute.graphs)


def external_tensor(model: "onnx.ModelProto") -> str | None:
    """The name of a tensor that the model keeps in another file, which may be any file of this machine; None: none."""
    for tensor in stored_tensors(model):
        if tensor.data_location == _EXTERNAL or tensor.external_data:
            return tensor.name
    return None
