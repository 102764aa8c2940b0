"""An ONNX graph that can be looked through and changed: who makes a value, who uses it, what is constant."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

__all__ = ["Graph", "attribute"]


class Graph:
    """The nodes and stored tensors of a model's graph, to be changed and then put back with `finish`.

    Attributes:
        nodes: in the order in which they run.
        inputs: names of the inputs that are no stored tensors.
        outputs: names of the results.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        """Look through the graph of `model`, which stays as it is until `finish`."""
        self._model = model
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self.nodes: list[onnx.NodeProto] = []
        self.inputs = [value.name for value in model.graph.input if value.name not in self._stored]
        self.outputs = [value.name for value in model.graph.output]
        self.replace([], model.graph.node)

    @property
    def nested(self) -> bool:
        """Whether some node has a graph of its own (`If`, `Loop`), which may use any value of this one."""
        return any(entry.HasField("g") or len(entry.graphs) for node in self.nodes for entry in node.attribute)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The value of a stored tensor or of a `Constant` node; None for anything else."""
        producer = self._producers.get(name)
        tensor = self._stored.get(name)
        if producer is not None and producer.op_type == "Constant":
            tensor = attribute(producer, "value")
        return None if tensor is None else numpy_helper.to_array(tensor)

    def producer(self, name: str) -> onnx.NodeProto | None:
        """The node that makes a value; None for inputs and stored tensors."""
        return self._producers.get(name)

    def only_consumer(self, name: str) -> onnx.NodeProto | None:
        """The node that alone uses a value; None when there is another use, or the value is a result of the model."""
        consumers = self._consumers[name]
        return consumers[0] if len(consumers) == 1 and name not in self.outputs else None

    def plain_kernel(self, node: onnx.NodeProto) -> NDArray[Any] | None:
        """The kernel ``(outputs, inputs, k, k)`` of a plain convolution, None for anything else.

        Plain: two dimensions, odd k, steps of 1, all channels together, and zeros around that keep the size.
        """
        kernel = self.constant(node.input[1]) if node.op_type == "Conv" else None
        if kernel is None or kernel.ndim != 4 or kernel.shape[2] != kernel.shape[3] or kernel.shape[2] % 2 == 0:
            return None
        steps = [
            *attribute(node, "strides", [1, 1]),
            *attribute(node, "dilations", [1, 1]),
            attribute(node, "group", 1),
        ]
        given = attribute(node, "auto_pad", "NOTSET") == "NOTSET"
        same = list(attribute(node, "pads", [0] * 4)) == [kernel.shape[2] // 2] * 4
        return kernel if given and same and steps == [1] * 5 else None

    def bias(self, node: onnx.NodeProto) -> NDArray[Any] | None:
        """The bias of a convolution, zeros where it has none; None when it is not stored."""
        if len(node.input) > 2 and node.input[2]:
            return self.constant(node.input[2])
        kernel = self.constant(node.input[1])
        groups = attribute(node, "group", 1) if node.op_type == "ConvTranspose" else 0
        return None if kernel is None else np.zeros(kernel.shape[1] * groups or kernel.shape[0], kernel.dtype)

    def store(self, hint: str, value: NDArray[Any]) -> str:
        """Add a stored tensor under a name of its own, made from `hint`; returns the name."""
        name = self.fresh(hint)
        self._stored[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def fresh(self, hint: str) -> str:
        """A name that no value of the graph has."""
        name, number = hint, 1
        while name in self._producers or name in self._stored or name in self.inputs:
            name, number = f"{hint}.{number}", number + 1
        return name

    def replace(self, old: Iterable[onnx.NodeProto], new: Iterable[onnx.NodeProto]) -> None:
        """Put nodes where the last of the old ones stood; without old ones, at the end."""
        gone = {id(node) for node in old}
        kept: list[onnx.NodeProto] = []
        place = None
        for node in self.nodes:
            if id(node) in gone:
                place = len(kept)
            else:
                kept.append(node)
        place = len(kept) if place is None else place
        self.nodes = [*kept[:place], *new, *kept[place:]]
        self._producers = {name: node for node in self.nodes for name in node.output}
        self._consumers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                self._consumers[name].append(node)

    def finish(self) -> None:
        """Put the nodes and the stored tensors that they use back into the model."""
        graph = self._model.graph
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in self.nodes]
        used = {name for node in nodes for name in node.input} | set(self.outputs)
        if self.nested:
            used |= set(self._stored)
        tensors = [tensor for name, tensor in self._stored.items() if name in used]
        values = [value for value in graph.input if value.name in self.inputs or value.name in used]
        for field, kept in ((graph.initializer, tensors), (graph.input, values)):
            copies = [type(entry).FromString(entry.SerializeToString()) for entry in kept]
            del field[:]
            field.extend(copies)
        del graph.node[:]
        graph.node.extend(nodes)
        # Shapes that were noted for inner values may be those of values that are gone; runtimes infer them again.
        del graph.value_info[:]


def attribute(node: onnx.NodeProto, name: str, default: Any = None) -> Any:  # noqa: ANN401
    """The value of a node's attribute; text as `str`."""
    for entry in node.attribute:
        if entry.name == name:
            value = helper.get_attribute_value(entry)
            return value.decode() if isinstance(value, bytes) else value
    return default
