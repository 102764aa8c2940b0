"""A torch network as one ONNX graph."""

import math
import warnings
from typing import Any

import onnx
import onnx.compose
import onnx.version_converter
import onnxslim
import torch
from torch import Tensor, nn

from srgan.errors import ModelError
from srgan.exporting.centring import centre_before_norms
from srgan.exporting.drawing import Drawing, ForeignTextDrawing
from srgan.exporting.merging import merged_before
from srgan.networks import Generator
from srgan.text import SentenceEncoder

__all__ = ["OPSET", "latents_to_onnx", "to_onnx"]

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
    examples = {"input": torch.rand(2, 3, side, side + step)}
    axes = [{0: free, 2: free, 3: free}]
    if network.latent:
        examples["noise"] = torch.randn(2, network.latent)
        axes.append({0: free})
    with merged_before(network):
        model = _traced(network, examples, axes)
    centre_before_norms(model)
    _name_axes(model.graph.input[0], ("batch", "3", "height", "width"))
    if network.latent:
        _name_axes(model.graph.input[1], ("batch", str(network.latent)))
    scale = generator.scale
    suffix = "" if scale == 1 else f"*{scale}"
    _name_axes(model.graph.output[0], ("batch", "3", f"height{suffix}", f"width{suffix}"))
    onnx.checker.check_model(model, full_check=True)
    return model


def latents_to_onnx(network: Drawing) -> onnx.ModelProto:
    """Trace a network that makes pictures of noise into an ONNX model.

    Input ``noise`` ``(batch, latent)`` float32, before it ``tokens`` ``(batch, T)`` int64 or ``label`` ``(batch,)``
    int64 where the network takes them; output ``output`` ``(batch, 3, size, size)``, RGB float32 in [0, 1]; the batch
    is dynamic.

    Args:
        network: on the CPU, in float32 and eval mode.

    Raises:
        ModelError: the exporter cannot express the network.
    """
    if isinstance(network, ForeignTextDrawing):
        return _behind(network.encoder, latents_to_onnx(network.alone))
    examples = network.examples(2)
    model = _traced(network, examples, [{0: torch.export.Dim.DYNAMIC} for _ in examples])
    for entry, example in zip(model.graph.input, examples.values(), strict=True):
        _name_axes(entry, ("batch", *(str(side) for side in example.shape[1:])))
    _name_axes(model.graph.output[0], ("batch", "3", str(network.size), str(network.size)))
    onnx.checker.check_model(model, full_check=True)
    return model


def _behind(encoder: SentenceEncoder, generator: onnx.ModelProto) -> onnx.ModelProto:
    """A generator of sentences as one graph with what reads."""
    try:
        front = onnx.version_converter.convert_version(encoder.graph, OPSET)
        front = onnx.compose.add_prefix(front, "encoder.", rename_inputs=False, rename_outputs=False)
        front.ir_version = generator.ir_version = max(front.ir_version, generator.ir_version)
        whole = onnx.compose.merge_models(
            front, generator, io_map=[("sentence", "sentence")], inputs=["tokens", "noise"], outputs=["output"]
        )
        _name_axes(whole.graph.input[0], ("batch", str(encoder.tokenizer.length)))
        onnx.checker.check_model(whole, full_check=True)
    except Exception as error:  # of the converter, the checker and the composer
        raise ModelError(f"{encoder.file} cannot be put in front of the generator: {error}") from error
    return whole


def _traced(network: nn.Module, examples: dict[str, Tensor], axes: list[dict[int, Any]]) -> onnx.ModelProto:
    """Trace a network with one output, called ``output``.

    Args:
        network: in eval mode.
        examples: inputs by name, in order.
        axes: the free axes of each.

    Raises:
        ModelError: the exporter cannot express the network.
    """
    try:
        with warnings.catch_warnings():
            # The exporter's own notes about torch internals are of no use to a person who exports a model.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                tuple(examples.values()),
                input_names=list(examples),
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
    # Shapes of inner values would name the tracer's symbols; runtimes infer them again.
    del model.graph.value_info[:]
    return model


def _name_axes(value: onnx.ValueInfoProto, names: tuple[str, ...]) -> None:
    for dimension, name in zip(value.type.tensor_type.shape.dim, names, strict=True):
        if name.isdigit():
            dimension.dim_value = int(name)
        else:
            dimension.dim_param = name
