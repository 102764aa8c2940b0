"""Reading an ONNX file safely: from bytes, no external data, finite weights; nothing in it is executed."""

import graphlib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan.errors import ModelError
from srgan.files import external_tensor, stored_tensors
from srgan.runtime.metadata import ModelMetadata

if TYPE_CHECKING:
    import onnx

__all__ = ["FLOAT", "FLOAT16", "INT64", "UINT8", "OnnxFile", "OnnxInput", "read_onnx_file"]

FLOAT, UINT8, INT64, FLOAT16 = 1, 2, 7, 10
"""The types of inputs, as ONNX numbers them."""

_BIGGEST = 2**31 - 1


@dataclass(frozen=True)
class OnnxInput:
    """An input of a graph.

    Attributes:
        name: of it.
        kind: type of its numbers, as ONNX counts them.
        shape: None where a side is free.
    """

    name: str
    kind: int
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX model that is whole; what it is for is still to be seen.

    Attributes:
        content: the file's bytes.
        sha256: of those bytes, hexadecimal.
        path: where it came from; None when it was given as bytes.
        shown: how messages call it.
        metadata: its ``srgan.*`` entries; None for a model of somebody else.
        inputs: without those that have a stored value.
        outputs: their names.
    """

    content: bytes
    sha256: str
    path: Path | None
    shown: str
    metadata: ModelMetadata | None
    inputs: tuple[OnnxInput, ...]
    outputs: tuple[str, ...]

    @property
    def for_others(self) -> bool:
        """Whether it describes itself and takes 8-bit pixels: made for programs that have nothing but the file."""
        return self.metadata is not None and any(entry.kind == UINT8 for entry in self.inputs)


def read_onnx_file(source: bytes | Path, *, sha256: str | None = None) -> OnnxFile:
    """Read and check an ONNX file, whatever it is for.

    Args:
        source: the file, or its bytes.
        sha256: what its checksum must be.

    Raises:
        ModelError: missing, unreadable, wrong checksum, not ONNX, external data, weights that are not finite, or
            damaged metadata.
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
    inputs = tuple(_input(entry) for entry in model.graph.input if entry.name not in stored)
    return OnnxFile(content, digest, path, shown, metadata, inputs, tuple(entry.name for entry in model.graph.output))


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
    _check_order(model.graph, shown)
    return model


def _check_order(graph: "onnx.GraphProto", shown: str) -> None:
    """Refuse nodes that wait for each other; a runtime may wait for ever."""
    makers = {name: place for place, node in enumerate(graph.node) for name in node.output if name}
    order = graphlib.TopologicalSorter(
        {place: {makers[name] for name in node.input if name in makers} for place, node in enumerate(graph.node)}
    )
    try:
        order.prepare()
    except graphlib.CycleError as error:
        names = ", ".join(repr(graph.node[place].name or graph.node[place].op_type) for place in error.args[1][:3])
        raise ModelError(f"{shown} is damaged: its nodes wait for each other in a circle ({names})") from None


def _input(entry: "onnx.ValueInfoProto") -> OnnxInput:
    kind = entry.type.tensor_type
    sides = (side.dim_value if side.HasField("dim_value") and side.dim_value > 0 else None for side in kind.shape.dim)
    return OnnxInput(entry.name, kind.elem_type, tuple(sides))


def _check_tensors(model: "onnx.ModelProto", shown: str) -> None:
    from onnx import numpy_helper

    elsewhere = external_tensor(model)
    if elsewhere is not None:
        raise ModelError(
            f"{shown} keeps the tensor {elsewhere!r} in another file; only single-file models are accepted"
        )
    for tensor in stored_tensors(model):
        if tensor.data_type in (FLOAT, FLOAT16):
            try:
                values = numpy_helper.to_array(tensor)
            except ValueError as error:
                raise ModelError(f"{shown} is damaged: the tensor {tensor.name!r} has the wrong size") from error
            # A single infinity is a constant, for instance what stands for "nothing" where a maximum is sought.
            if not (np.isfinite(values).all() or (values.size == 1 and not np.isnan(values).any())):
                raise ModelError(f"{shown} has weights that are not finite numbers ({tensor.name!r})")
