"""A graph run as it stands, for looking into it: every value of it, or with its results rounded on the way."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from srgan.errors import ModelError
from srgan.runtime.devices import thread_limit

__all__ = ["Feed", "compute", "largest_values", "name_nodes", "rounded"]

Feed = Mapping[str, NDArray[Any]]
"""Inputs of a graph by name."""

_FATAL_ONLY = 4
_KINDS = {"fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}


def compute(
    model: onnx.ModelProto, feeds: Sequence[Feed], outputs: Sequence[str] = ("output",), *, exact: bool = False
) -> list[list[NDArray[Any]]]:
    """Run a graph on the CPU, node by node as it is written.

    Args:
        model: any graph.
        feeds: inputs of each run.
        outputs: names of the results.
        exact: as it stands; else ONNX Runtime may merge nodes, which is faster.

    Returns:
        For each feed, its results.

    Raises:
        ModelError: ONNX Runtime cannot run it.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    options.enable_mem_pattern = False
    if exact:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    threads = thread_limit()
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return [session.run(list(outputs), dict(feed)) for feed in feeds]
    except Exception as error:  # ONNX Runtime's exceptions have no common type that it exports
        raise ModelError(f"ONNX Runtime cannot run the graph: {str(error).partition(chr(10))[0][:300]}") from error


def name_nodes(model: onnx.ModelProto) -> None:
    """Give every node a name of its own, in place."""
    seen: set[str] = set()
    for place, node in enumerate(model.graph.node):
        if not node.name or node.name in seen:
            node.name = f"{node.op_type}_{place}"
        seen.add(node.name)


def largest_values(model: onnx.ModelProto, feeds: Sequence[Feed]) -> dict[str, float]:
    """The largest magnitude that each float32 value inside a graph takes; inputs and stored numbers are included."""
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    names = [name for node in watched.graph.node for name in node.output if name]
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    largest: dict[str, float] = {}
    for results in compute(watched, feeds, names):
        for name, value in zip(names, results, strict=True):
            if value.dtype == np.float32:
                largest[name] = max(largest.get(name, 0.0), _magnitude(value))
    given = [(name, value) for feed in feeds for name, value in feed.items()]
    stored = [(tensor.name, onnx.numpy_helper.to_array(tensor)) for tensor in model.graph.initializer]
    for name, value in (*given, *stored):
        if value.dtype == np.float32:
            largest[name] = max(largest.get(name, 0.0), _magnitude(value))
    return largest


def rounded(
    model: onnx.ModelProto, precision: str, floats: Collection[str], *, keep: Collection[str] = ()
) -> onnx.ModelProto:
    """A graph in float32 that rounds what its nodes take and give to `precision`, as a GPU does that stores it so.

    Within a layer sums are made in float32, as tensor cores make them. What is too large becomes infinite.

    Args:
        model: a graph in float32 with names for its nodes.
        precision: ``"fp16"`` or ``"bf16"``.
        floats: names of the values in float32 (the keys of `largest_values`).
        keep: names of the nodes that stay as they are.
    """
    copy: onnx.ModelProto = onnx.ModelProto.FromString(model.SerializeToString())
    nodes = list(copy.graph.node)
    del copy.graph.node[:]
    made: dict[str, str] = {}

    def cast(source: str, result: str) -> list[onnx.NodeProto]:
        inner = f"{result}.small"
        return [
            helper.make_node("Cast", [source], [inner], to=_KINDS[precision]),
            helper.make_node("Cast", [inner], [result], to=TensorProto.FLOAT),
        ]

    small = {name for node in nodes if node.name not in keep for name in node.output}
    for node in nodes:
        if node.name in keep:
            copy.graph.node.append(node)
            continue
        for place, name in enumerate(node.input):
            if name in floats and name not in small and not (node.op_type == "Resize" and place):
                if name not in made:
                    made[name] = f"{name}.rounded"
                    copy.graph.node.extend(cast(name, made[name]))
                node.input[place] = made[name]
        after = []
        for place, name in enumerate(node.output):
            if name in floats:
                node.output[place] = f"{name}.exact"
                after += cast(node.output[place], name)
        copy.graph.node.extend([node, *after])
    del copy.graph.value_info[:]
    return copy


def _magnitude(value: NDArray[np.float32]) -> float:
    return float(np.abs(value).max(initial=0.0))
