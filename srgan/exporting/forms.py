"""Other forms of a graph: another opset, fixed sides, 8-bit pictures in and out."""

import numpy as np
import onnx
import onnx.version_converter

from srgan.errors import ModelError, UsageError
from srgan.exporting.examples import example_feeds, example_picture, least_side
from srgan.exporting.execution import Feed, compute
from srgan.exporting.target import OPSET, Axes, Target
from srgan.metrics import psnr
from srgan.runtime import ModelMetadata, draw_noise, read_model_file
from srgan.runtime.preparing import prepare

__all__ = ["check_form", "shaped"]

_LEVEL = 1.01 / 255
_SAME_DB = 45.0


def shaped(model: onnx.ModelProto, metadata: ModelMetadata, target: Target) -> onnx.ModelProto:
    """The graph as a target wants it, with the same metadata.

    With 8-bit pixels the input is ``(batch, height, width, 3)`` uint8 and the output likewise, clipped and rounded;
    such files are for programs that have no other code for pictures, and `srgan upscale` does not run them.

    Args:
        model: takes and gives float32 pictures, or makes pictures of noise; with its metadata.
        metadata: the same.
        target: where it shall run.

    Raises:
        UsageError: the form is not for such a model, or the network does not take the target's sides.
        ModelError: the graph cannot be had in that form.
    """
    pictured = any(entry.name == "input" for entry in model.graph.input)
    if not pictured and (target.pixels == "uint8" or not target.axes.dynamic):
        raise UsageError("8-bit pixels and fixed sides are for models that make pictures of pictures")
    _check_sides(metadata, target.axes)
    result: onnx.ModelProto = onnx.ModelProto.FromString(model.SerializeToString())
    if target.pixels == "uint8":
        result = _eight_bits(result)
    try:
        if target.opset != OPSET:
            result = onnx.version_converter.convert_version(result, target.opset)
        if not target.axes.dynamic:
            _fix(result, target.axes)
        onnx.checker.check_model(result, full_check=True)
    except Exception as error:  # of the converter and the checker, which have their own types
        raise ModelError(f"the graph cannot be had for this target: {error}") from error
    return result


def check_form(model: onnx.ModelProto, floats: onnx.ModelProto, metadata: ModelMetadata, target: Target) -> float:
    """Compare a graph as `shaped` made it with the one that it was made from.

    Returns:
        The largest difference, in units of the picture range.

    Raises:
        ModelError: more than rounding to 8 bits explains (float pictures: more than the tolerance of fp32).
    """
    given, source = _inputs(floats, metadata, target)
    true, result = (compute(graph, [feed])[0][0] for graph, feed in ((floats, source), (model, given)))
    allowed = target.tolerance.fp32
    if target.pixels == "uint8":
        true = np.rint(255 * np.clip(true, 0, 1)).transpose(0, 2, 3, 1) / 255
        result = result / 255
        allowed = _LEVEL
    error = float(np.abs(result - true).max()) if result.shape == true.shape else float("nan")
    # Written so that NaN fails too. In lower precisions another order of sums may move single values further.
    if not error <= allowed and not (metadata.precision != "fp32" and psnr(result, true, peak=1.0) >= _SAME_DB):
        raise ModelError(f"as this target wants it the model differs by {error:.3g} from itself; nothing was written")
    return error


def _inputs(floats: onnx.ModelProto, metadata: ModelMetadata, target: Target) -> tuple[Feed, Feed]:
    """The same inputs for the target's graph and for the one before it."""
    if not any(entry.name == "input" for entry in floats.graph.input):
        feed = example_feeds(floats, metadata)["3"]
        return feed, feed
    axes = target.axes
    batch = 2 if axes.batch == "dynamic" else axes.batch
    sides = [40 if side == "dynamic" else side for side in (axes.height, axes.width)]
    height, width = (least_side(side, minimum=metadata.minimum, multiple_of=metadata.multiple_of) for side in sides)
    pixels = np.rint(255 * example_picture(batch, height, width)).astype(np.uint8)
    noise = [draw_noise(0, place, metadata.latent) for place in range(batch)]
    rest = {} if not metadata.latent else {"noise": np.concatenate([one for one in noise if one is not None])}
    source: Feed = {"input": pixels.astype(np.float32) / 255, **rest}
    if target.pixels == "float32":
        return source, source
    return {"input": np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)), **rest}, source


def _check_sides(metadata: ModelMetadata, axes: Axes) -> None:
    for side in (axes.height, axes.width):
        if side != "dynamic" and side != least_side(side, minimum=metadata.minimum, multiple_of=metadata.multiple_of):
            raise UsageError(
                f"the target asks for pictures of {axes.width} x {axes.height}, and the network's sides are multiples "
                f"of {metadata.multiple_of}, {metadata.minimum} at least"
            )


def _eight_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    prepared = prepare(read_model_file(model.SerializeToString()), bytes_in=True, bytes_out=True)
    result = onnx.load_model_from_string(prepared.content)
    if prepared.total is None:
        raise ModelError(f"the graph's opset is too old to round in; {OPSET} is needed")
    # Of the two results one is for the runtime, which watches for numbers that are not finite.
    watched = [node for node in result.graph.node if prepared.total in node.output]
    for node in watched:
        result.graph.node.remove(node)
    del result.graph.output[1:]
    for node in result.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                # The pictures in float32 had these names.
                names[place] = {"input": "input.planes", "output": "output.planes"}.get(name, name)
                names[place] = {prepared.picture: "input", prepared.result: "output"}.get(name, names[place])
    for entry in result.graph.input:
        if entry.name == prepared.picture:
            entry.name = "input"
    result.graph.output[0].name = "output"
    return result


def _fix(model: onnx.ModelProto, axes: Axes) -> None:
    """Give the sides of the input their numbers; those of the results follow."""
    from onnx import shape_inference

    first = next(entry for entry in model.graph.input if entry.name == "input").type.tensor_type
    last = len(first.shape.dim) - 1
    channels_last = first.shape.dim[last].dim_value == 3
    places = {"batch": 0, "height": 1 if channels_last else 2, "width": 2 if channels_last else 3}
    for name, place in places.items():
        side = getattr(axes, name)
        if side != "dynamic":
            first.shape.dim[place].dim_value = side
    for entry in model.graph.input:
        if entry.name == "noise" and axes.batch != "dynamic":
            entry.type.tensor_type.shape.dim[0].dim_value = axes.batch
    for side in model.graph.output[0].type.tensor_type.shape.dim:
        if side.dim_param:
            side.ClearField("dim_param")
    inferred = shape_inference.infer_shapes(model, data_prop=True)
    model.graph.output[0].CopyFrom(inferred.graph.output[0])
