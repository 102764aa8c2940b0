"""From an exported file back to the weights of its network: to train further, to interpolate, to export again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from srgan.config import find_part
from srgan.errors import ModelError, UsageError
from srgan.exporting.parity import check_parity
from srgan.networks import GENERATORS, Foreign, Generator
from srgan.runtime import ModelFile, ModelMetadata, read_file
from srgan.training.checkpoint import save_model

__all__ = ["network_of", "unpack_model"]

_KEPT = (
    *("name", "task", "scale", "receptive_field", "multiple_of", "minimum", "background", "latent", "size", "licence"),
    *("training_run", "training_run_hash", "data_hash", "interpolation"),
)


def unpack_model(source: Path, output: Path) -> Path:
    """Write the weights and the description of an exported model as a ``.safetensors`` file, as a checkpoint has them.

    What `export_model` makes of that file says the same about itself and gives the same pictures.

    Args:
        source: an ``.onnx`` file in float32 of a network of this project, from pictures to pictures.
        output: the ``.safetensors`` file; it appears only after the network that it describes was compared with the
            file.

    Raises:
        UsageError: `output` is not called so, or the network's kind is not known here.
        ModelError: the file does not say what network it is of, or its graph no longer holds all weights as the network
            has them (folded normalisations, lower precisions).
    """
    if output.suffix.lower() != ".safetensors":
        raise UsageError(f"{output}: the output must be called something.safetensors")
    network, metadata, table = network_of(source)
    described = {key: value for key in _KEPT if (value := getattr(metadata, key)) is not None}
    prefix = "generator." if metadata.task.endswith("translation") else ""
    weights = {prefix + name: tensor for name, tensor in network.state_dict().items()}
    save_model(output, weights, {**described, "generator": table, "range": "0..1"})
    return output


def network_of(source: Path) -> tuple[Generator, ModelMetadata, dict[str, Any]]:
    """The network of an exported file with its weights, the file's metadata and the complete ``[generator]`` table.

    Raises:
        UsageError: as `unpack_model`.
        ModelError: likewise, or the network differs from the file.
    """
    file = read_file(source)
    metadata = file.metadata
    if metadata is None or not isinstance(file, ModelFile) or metadata.precision != "fp32":
        raise ModelError(f"{source} is no file in fp32 that srgan export made of a network from pictures to pictures")
    table = _table(metadata, source)
    options = {key: value for key, value in table.items() if key != "kind"}
    part = find_part(GENERATORS, table["kind"], key=f"{source}: generator.kind")
    if issubclass(part, Foreign):
        raise ModelError(f"{source} is of a network of somebody else; begin with the weights that it was made from")
    network = part(**options)
    network.load_state_dict(_weights(file.content, network.state_dict(), source))
    check_parity(file.content, network)
    return network, metadata, table


def _table(metadata: ModelMetadata, source: Path) -> dict[str, Any]:
    """The complete ``[generator]`` table of the run that trained the model."""
    try:
        table = json.loads(metadata.training_run)["generator"]
        if table["kind"] == metadata.architecture:
            return dict(table)
    except (ValueError, KeyError, TypeError):
        pass
    raise ModelError(f"{source} does not say which run trained it: only files of srgan export can be unpacked")


def _weights(content: bytes, wanted: dict[str, Tensor], source: Path) -> dict[str, Tensor]:
    graph = onnx.load_model_from_string(content).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    # Early files hold balanced sub-pixels under a name that the tracer made up; balanced again, they stay as they are.
    # Whether the right tensor was taken, the comparison shows.
    others = [array for name, array in stored.items() if name not in wanted and array.dtype == np.float32]
    found = {}
    for name, tensor in wanted.items():
        alike = [array for array in others if array.shape == tuple(tensor.shape)]
        array = stored.get(name, alike[0] if len(alike) == 1 else None)
        if array is None or array.shape != tuple(tensor.shape):
            raise ModelError(f"{source} no longer holds {name} as the network has it; unpack the checkpoint's own file")
        found[name] = torch.from_numpy(array.copy()).to(tensor.dtype)
    return found
