"""A torch network as one ONNX graph."""

import math
import warnings

import onnx
import onnxslim
import torch

from srgan.errors import ModelError
from srgan.networks import Generator

__all__ = ["OPSET", "to_onnx"]

OPSET = 18


def to_onnx(generator: Generator) -> onnx.ModelProto:
    """Trace a generator into an ONNX model.

    Input ``input`` ``(batch, 3, height, width)`` and output ``output`` with all three free axes dynamic, RGB float32
    in [0, 1]; weights inside the file; batch normalisation folded. A generator with latent vectors takes them as a
    second input ``noise`` ``(batch, latent)``.

    Args:
        generator: in any mode; it is exported in eval mode, on the CPU, in float32.

    Raises:
        ModelError: the exporter cannot express the network.
    """
    network = generator.cpu().float().eval()
    free = torch.export.Dim.DYNAMIC
    step = math.lcm(8, network.multiple_of)
    # No map on the way may have a side of 1, which the exporter would take for always 1.
    side = -(-max(40, network.minimum, 2 * network.multiple_of) // step) * step
    examples = [torch.rand(2, 3, side, side + step)]
    names, axes = ["input"], [{0: free, 2: free, 3: free}]
    if network.latent:
        examples.append(torch.randn(2, network.latent))
        names.append("noise")
        axes.append({0: free})
    try:
        with warnings.catch_warnings():
            # The exporter's own notes about torch internals are of no use to a person who exports a model.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                tuple(examples),
                input_names=names,
                output_names=["output"],
                opset_version=OPSET,
                dynamic_shapes=tuple(axes),
                dynamo=True,
                verbose=False,
            )
            if program is None:
                raise ModelError("the ONNX exporter returned no program")
            model = onnxslim.slim(program.model_proto)
    except (torch.onnx.OnnxExporterError, RuntimeError) as error:
        raise ModelError(f"the network cannot be exported to ONNX: {error}") from error
    if not isinstance(model, onnx.ModelProto):
        raise ModelError("the ONNX optimiser returned no model")
    _name_axes(model.graph.input[0], ("batch", "3", "height", "width"))
    if network.latent:
        _name_axes(model.graph.input[1], ("batch", str(network.latent)))
    scale = generator.scale
    suffix = "" if scale == 1 else f"*{scale}"
    _name_axes(model.graph.output[0], ("batch", "3", f"height{suffix}", f"width{suffix}"))
    # Shapes of inner values would name the tracer's symbols; runtimes infer them again.
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def _name_axes(value: onnx.ValueInfoProto, names: tuple[str, ...]) -> None:
    for dimension, name in zip(value.type.tensor_type.shape.dim, names, strict=True):
        if name.isdigit():
            dimension.dim_value = int(name)
        else:
            dimension.dim_param = name
