"""A graph in float32 turned into one that computes in fp16, but for the nodes that shall keep float32."""

from collections.abc import Collection

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from srgan.errors import ModelError

__all__ = ["all_half", "to_half"]


def all_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with all that it can in fp16, taking and giving what it did; values that are too large overflow.

    Raises:
        ModelError: its types cannot be told.
    """
    try:
        typed = onnx.shape_inference.infer_shapes(model, check_type=True)
        entries = (*typed.graph.value_info, *typed.graph.input, *typed.graph.output)
        floats = {entry.name for entry in entries if entry.type.tensor_type.elem_type == TensorProto.FLOAT}
        floats |= {tensor.name for tensor in model.graph.initializer if tensor.data_type == TensorProto.FLOAT}
        return to_half(model, floats, ())
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"the model cannot be turned into fp16: {str(error).partition(chr(10))[0][:300]}") from error


def to_half(model: onnx.ModelProto, floats: Collection[str], kept: Collection[str]) -> onnx.ModelProto:
    """The graph with every node in fp16 that is not kept; casts stand where the two kinds meet.

    Args:
        model: in float32; it stays as it is.
        floats: names of the values in float32.
        kept: names of the nodes that keep float32.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = list(model.graph.node)
    del model.graph.node[:]
    there: dict[str, TensorProto.DataType] = dict.fromkeys(floats, TensorProto.FLOAT)
    made: set[str] = set()

    def wanted(name: str, kind: TensorProto.DataType) -> str:
        """The name under which a value is to be had as float32 or fp16."""
        if name not in there or there[name] == kind:
            return name
        other = f"{name}.{'half' if kind == TensorProto.FLOAT16 else 'single'}"
        if other not in made:
            made.add(other)
            if name in stored:
                with np.errstate(over="ignore"):
                    value = numpy_helper.to_array(stored[name]).astype(np.float16)
                model.graph.initializer.append(numpy_helper.from_array(value, other))
            else:
                model.graph.node.append(helper.make_node("Cast", [name], [other], to=kind))
        return other

    for node in nodes:
        half = node.name not in kept and any(name in floats for name in node.output)
        kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        single = node.op_type == "Resize"  # whose region and factors are float32 by its definition
        for place, name in enumerate(node.input):
            node.input[place] = wanted(name, TensorProto.FLOAT if single and place else kind)
        if half:
            there.update({name: TensorProto.FLOAT16 for name in node.output if name in floats})
            _make_half(node)
        model.graph.node.append(node)
    for result in model.graph.output:
        if there.get(result.name) == TensorProto.FLOAT16:
            _cast_result(model, result.name)
    used = {name for node in model.graph.node for name in node.input}
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in used]
    copies = [TensorProto.FromString(tensor.SerializeToString()) for tensor in tensors]
    del model.graph.initializer[:]
    model.graph.initializer.extend(copies)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def _make_half(node: onnx.NodeProto) -> None:
    """What a node says of the type of its result."""
    for entry in node.attribute:
        if entry.name == "to" and entry.i == TensorProto.FLOAT:
            entry.i = TensorProto.FLOAT16
        elif entry.name == "value" and entry.HasField("t") and entry.t.data_type == TensorProto.FLOAT:
            entry.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(entry.t).astype(np.float16), entry.t.name))


def _cast_result(model: onnx.ModelProto, name: str) -> None:
    """Give a result of the model as float32 under its own name."""
    inner = f"{name}.half"
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, one in enumerate(names):
                if one == name:
                    names[place] = inner
    model.graph.node.append(helper.make_node("Cast", [inner], [name], to=TensorProto.FLOAT))
