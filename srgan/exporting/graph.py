"""A torch network as one ONNX graph."""

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
    in [0, 1]; weights inside the file; batch normalisation folded.

    Args:
        generator: in any mode; it is exported in eval mode, on the CPU, in float32.

    Raises:
        ModelError: the exporter cannot express the network.
    """
    network = generator.cpu().float().eval()
    free = torch.export.Dim.DYNAMIC
    example = torch.rand(2, 3, 40, 56)
    try:
        with warnings.catch_warnings():
            # The exporter's own notes about torch internals are of no use to a person who exports a model.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                (example,),
                input_names=["input"],
                output_names=["output"],
                opset_version=OPSET,
                dynamic_shapes=({0: free, 2: free, 3: free},),
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
    scale = generator.scale
    suffix = "" if scale == 1 else f"*{scale}"
    _name_axes(model.graph.output[0], ("batch", "3", f"height{suffix}", f"width{suffix}"))
    # Shapes of inner values would name the tracer's symbols; runtimes infer them again.
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def _name_axes(value: onnx.ValueInfoProto, names: tuple[str, str, str, str]) -> None:
    for dimension, name in zip(value.type.tensor_type.shape.dim, names, strict=True):
        if name.isdigit():
            dimension.dim_value = int(name)
        else:
            dimension.dim_param = name
