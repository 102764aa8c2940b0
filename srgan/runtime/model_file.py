"""Reading an ONNX file safely: from bytes, no external data, finite weights; a picture, and perhaps noise, as input."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan.errors import ModelError
from srgan.runtime.metadata import ModelMetadata

if TYPE_CHECKING:
    import onnx

__all__ = ["ModelFile", "read_model_file"]

_FLOAT, _FLOAT16 = 1, 10
_EXTERNAL = 1
_BIGGEST = 2**31 - 1


@dataclass(frozen=True)
class ModelFile:
    """An ONNX model that passed the checks.

    Attributes:
        content: the file's bytes.
        sha256: of those bytes, hexadecimal.
        path: where it came from; None when it was given as bytes.
        metadata: its ``srgan.*`` entries; None for a model of somebody else.
        input: name of the picture input.
        noise: name of the second input, a vector of noise; None when the model takes a picture only.
        latent: length of that vector; 0 when there is none.
        output: name of the first output.
        half: the input is float16, not float32.
        fixed: input ``(height, width)`` when the file allows no other, else None.
    """

    content: bytes
    sha256: str
    path: Path | None
    metadata: ModelMetadata | None
    input: str
    noise: str | None
    latent: int
    output: str
    half: bool
    fixed: tuple[int, int] | None


def read_model_file(source: bytes | Path, *, sha256: str | None = None) -> ModelFile:
    """Read and check a model file; nothing in it is executed.

    Args:
        source: the file, or its bytes.
        sha256: what its checksum must be.

    Raises:
        ModelError: missing, unreadable, wrong checksum, not ONNX, external data, weights that are not finite, or not
            a network from one RGB picture (and the noise that its metadata tell of) to a picture.
    """
    path = None if isinstance(source, bytes) else source
    content = source if isinstance(source, bytes) else _read(source)
    shown = "the model" if path is None else f"the model {path}"
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256.lower():
        raise ModelError(
            f"{shown} is damaged: its sha256 is {digest}, expected {sha256}; reinstall srgan or fetch the file again"
        )
    model = _parse(content, shown)
    _check_tensors(model, shown)
    metadata = ModelMetadata.from_props({entry.key: entry.value for entry in model.metadata_props})
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in stored]
    noise, latent = _noise_input(inputs)
    if metadata is not None and metadata.latent != latent:
        raise ModelError(f"{shown} promises noise of length {metadata.latent}, and takes {latent or 'none'}")
    name, half, fixed = _picture_input([entry for entry in inputs if entry.name != noise], shown)
    if not model.graph.output:
        raise ModelError(f"{shown} is not a picture-to-picture model: it has no output")
    return ModelFile(content, digest, path, metadata, name, noise, latent, model.graph.output[0].name, half, fixed)


def _read(path: Path) -> bytes:
    if path.suffix.lower() in {".pth", ".pt", ".ckpt", ".safetensors"}:
        raise ModelError(f"{path} is not an ONNX model; export it first: srgan export CHECKPOINT -o model.onnx")
    try:
        if path.stat().st_size > _BIGGEST:
            raise ModelError(f"the model {path} is larger than 2 GiB, more than an ONNX file can be")
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"there is no model file {path}") from None
    except OSError as error:
        raise ModelError(f"the model {path} cannot be read: {error.strerror or error}") from error


def _parse(content: bytes, shown: str) -> "onnx.ModelProto":
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises its own types, which differ between versions
        raise ModelError(f"{shown} is not an ONNX file") from error
    if not model.HasField("graph") or not model.graph.node:
        raise ModelError(f"{shown} is not an ONNX file: it has no graph")
    return model


def _check_tensors(model: "onnx.ModelProto", shown: str) -> None:
    from onnx import numpy_helper

    for tensor in _tensors(model):
        if tensor.data_location == _EXTERNAL or tensor.external_data:
            raise ModelError(
                f"{shown} keeps the tensor {tensor.name!r} in another file; only single-file models are accepted"
            )
        if tensor.data_type in (_FLOAT, _FLOAT16):
            try:
                finite = bool(np.isfinite(numpy_helper.to_array(tensor)).all())
            except ValueError as error:
                raise ModelError(f"{shown} is damaged: the tensor {tensor.name!r} has the wrong size") from error
            if not finite:
                raise ModelError(f"{shown} has weights that are not finite numbers ({tensor.name!r})")


def _tensors(model: "onnx.ModelProto") -> Iterator["onnx.TensorProto"]:
    """Every tensor stored anywhere in the file: initialisers, constants, subgraphs, local functions."""
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


def _noise_input(inputs: "list[onnx.ValueInfoProto]") -> tuple[str | None, int]:
    """Name and length of the second input, a vector of noise, if the model takes one."""
    for entry in inputs if len(inputs) == 2 else []:
        kind = entry.type.tensor_type
        if entry.name == "noise" and kind.elem_type in (_FLOAT, _FLOAT16) and len(kind.shape.dim) == 2:
            length = kind.shape.dim[1].dim_value
            if length > 0:
                return entry.name, length
    return None, 0


def _picture_input(inputs: "list[onnx.ValueInfoProto]", shown: str) -> tuple[str, bool, tuple[int, int] | None]:
    """Name of the input, float16 or not, fixed (height, width) or None."""
    if len(inputs) != 1:
        names = ", ".join(entry.name for entry in inputs) or "none"
        raise ModelError(f"{shown} is not a picture-to-picture model: it needs exactly one input, and has {names}")
    kind = inputs[0].type.tensor_type
    sides = [side.dim_value if side.HasField("dim_value") and side.dim_value > 0 else None for side in kind.shape.dim]
    if kind.elem_type not in (_FLOAT, _FLOAT16) or len(sides) != 4 or sides[1] not in (3, None):
        raise ModelError(
            f"{shown} does not take RGB pictures: its input must be float (batch, 3, height, width), and is {sides}"
        )
    if sides[0] not in (1, None):
        raise ModelError(f"{shown} only runs on batches of {sides[0]}; export it with a batch of 1 or a dynamic one")
    height, width = sides[2], sides[3]
    if (height is None) != (width is None):
        raise ModelError(f"{shown} fixes only one side of its input ({sides}); export it with dynamic axes")
    fixed = None if height is None or width is None else (height, width)
    return inputs[0].name, kind.elem_type == _FLOAT16, fixed
