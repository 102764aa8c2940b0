"""A model file's graph, made ready for a session: exact rewrites that runtimes do not make, and 8-bit pictures."""

from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper

from srgan.runtime.folding import fold_batch_norm, merge_branches
from srgan.runtime.graph import Graph
from srgan.runtime.half import all_half
from srgan.runtime.model_file import ModelFile
from srgan.runtime.subpixel_tail import convolve_before_shuffle

__all__ = ["Prepared", "prepare", "rewrite"]

_ROUND_SINCE = 11
"""The first opset that has `Round`."""


class Prepared(NamedTuple):
    """A graph for a session.

    Attributes:
        content: the ONNX file's bytes.
        picture: name of the picture input.
        result: name of the picture that comes out.
        total: name of a second result, the sum of all values before they are clipped; None where floats come out.
    """

    content: bytes
    picture: str
    result: str
    total: str | None = None


def rewrite(model: onnx.ModelProto) -> dict[str, int]:
    """Rewrite a graph in place into an equal one that runs faster.

    Returns:
        How often each rewrite was made: ``batch_norm``, ``branches``, ``tail``.
    """
    graph = Graph(model)
    if graph.nested or any(node.domain not in ("", "ai.onnx") for node in graph.nodes):
        return {"batch_norm": 0, "branches": 0, "tail": 0}
    done = {
        "batch_norm": fold_batch_norm(graph),
        "branches": merge_branches(graph),
        "tail": convolve_before_shuffle(graph),
    }
    if any(done.values()):
        graph.finish()
    return done


def prepare(model: ModelFile, *, bytes_in: bool = False, bytes_out: bool = False, half: bool = False) -> Prepared:
    """The graph of a model file as a session shall run it.

    8-bit pictures are ``(batch, height, width, 3)``: divided by 255 on the way in; on the way out clipped to [0, 1],
    multiplied by 255 and rounded to the nearest level, halves to the even one: bit by bit what numpy would do outside.

    Args:
        model: the checked file.
        bytes_in: the picture comes as uint8.
        bytes_out: the result leaves as uint8, and beside it the sum of its values before they were clipped, which is
            not finite when one of them is not.
        half: in between it computes in fp16.

    Returns:
        The graph; with floats on both sides where its opset is too old to round.

    Raises:
        ModelError: it cannot be turned into fp16.
    """
    graph = onnx.load_model_from_string(model.content)
    rewrite(graph)
    if half:
        graph = all_half(graph)
    prepared = Prepared(b"", model.input, model.output)
    opset = max((entry.version for entry in graph.opset_import if entry.domain in ("", "ai.onnx")), default=1)
    if bytes_in and opset >= _ROUND_SINCE:
        prepared = _bytes_in(graph, model, prepared)
    if bytes_out and opset >= _ROUND_SINCE:
        prepared = _bytes_out(graph, prepared)
    return prepared._replace(content=bytes(graph.SerializeToString()))


def _bytes_in(model: onnx.ModelProto, file: ModelFile, prepared: Prepared) -> Prepared:
    graph = Graph(model)
    name, levels, values, stored = (graph.fresh(f"pixels{part}") for part in ("", ".levels", ".values", ".stored"))
    kind = TensorProto.FLOAT16 if file.half else TensorProto.FLOAT
    before = [
        helper.make_node("Cast", [name], [levels], to=TensorProto.FLOAT),
        helper.make_node("Div", [levels, _number(graph, "pixels.white", 255)], [values]),
        helper.make_node("Cast", [values], [stored], to=kind),
        helper.make_node("Transpose", [stored], [file.input], perm=[0, 3, 1, 2]),
    ]
    graph.nodes = [*before, *graph.nodes]
    graph.finish()
    entry = next(value for value in model.graph.input if value.name == file.input)
    batch = entry.type.tensor_type.shape.dim[0]
    shape = [batch.dim_value or batch.dim_param or "batch", *(file.fixed or ("height", "width")), 3]
    entry.CopyFrom(helper.make_tensor_value_info(name, TensorProto.UINT8, shape))
    return prepared._replace(picture=name)


def _bytes_out(model: onnx.ModelProto, prepared: Prepared) -> Prepared:
    graph = Graph(model)
    name, values, total, clipped, scaled, rounded, planes = (
        graph.fresh(f"levels{part}") for part in ("", ".values", ".total", ".clipped", ".scaled", ".rounded", ".planes")
    )
    black, white, full = (
        _number(graph, f"levels.{word}", value) for word, value in (("black", 0), ("white", 1), ("full", 255))
    )
    graph.nodes += [
        helper.make_node("Cast", [prepared.result], [values], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", [values], [total], keepdims=0),
        helper.make_node("Clip", [values, black, white], [clipped]),
        helper.make_node("Mul", [clipped, full], [scaled]),
        helper.make_node("Round", [scaled], [rounded]),
        helper.make_node("Cast", [rounded], [planes], to=TensorProto.UINT8),
        helper.make_node("Transpose", [planes], [name], perm=[0, 2, 3, 1]),
    ]
    graph.finish()
    del model.graph.output[:]
    model.graph.output.extend(
        [
            helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "rows", "columns", 3]),
            helper.make_tensor_value_info(total, TensorProto.FLOAT, []),
        ]
    )
    return prepared._replace(result=name, total=total)


def _number(graph: Graph, name: str, value: float) -> str:
    """Store a number; returns its name."""
    return graph.store(name, np.array(value, np.float32))
