"""Trained weights back into networks: to train further, or to export."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from srgan.config import find_part
from srgan.errors import ModelError, UsageError
from srgan.features import read_weights
from srgan.networks import GENERATORS, Generator
from srgan.networks.partial import load_partly
from srgan.runtime.onnx_file import read_onnx_file
from srgan.training.checkpoint import latest_checkpoint
from srgan.zoo import list_models

__all__ = ["find_model", "generator_weights", "restore_generator", "start_from", "starting_file"]


def find_model(source: Path) -> Path:
    """The weight file that a path stands for.

    Args:
        source: the folder of a run (its newest checkpoint is taken), a checkpoint folder, or a file.

    Raises:
        UsageError: no checkpoint there, or it is a run file.
    """
    if source.suffix.lower() == ".toml":
        raise UsageError(f"{source} is a run file; give the folder that it trains into (experiments/NAME)")
    if source.is_file():
        return source
    for folder in (source, latest_checkpoint(source / "checkpoints"), latest_checkpoint(source)):
        if folder is not None and (folder / "model.safetensors").is_file():
            return folder / "model.safetensors"
    if not source.exists():
        raise UsageError(f"{source} is not there; give the folder of a run, a checkpoint or a weight file")
    raise UsageError(
        f"{source} holds no checkpoint; give the folder of a run (experiments/NAME), a checkpoint or a weight file"
    )


def starting_file(source: Path) -> Path:
    """`find_model`, which also knows packaged models by their names, unless something of the name lies there.

    Raises:
        UsageError: no checkpoint there, or it is a run file.
    """
    named = None if source.exists() else next((e.file for e in list_models() if e.name == str(source).lower()), None)
    return named or find_model(source)


def start_from(network: nn.Module, path: Path, *, partial: bool) -> str:
    """Put weights from elsewhere into a network.

    Args:
        network: changed in place, on whatever device.
        path: a run's folder, a checkpoint folder, a ``.safetensors``, ``.pth``, ``.pt`` or ``.ckpt`` file, of this
            project or not, an ``.onnx`` file, or the name of a packaged model.
        partial: also take weights that only some tensors of the network get; the others stay as they are.

    Returns:
        What was loaded, in words.

    Raises:
        UsageError: no weights there, none that fit, or without `partial` not all of them.
    """
    try:
        file = starting_file(path)
        weights = _onnx_weights(file, network) if file.suffix.lower() == ".onnx" else read_weights(file)
        report = load_partly(network, weights)
    except (ModelError, UsageError) as error:
        named = error if str(path) in str(error) else f"{path}: {error}"
        raise UsageError(f"init.weights: {named}") from None
    if not partial and not report.complete:
        raise UsageError(
            f"init.weights: {file} does not fit the generator: {report}. init.partial = true takes what fits"
        )
    return str(report)


def _onnx_weights(path: Path, network: nn.Module) -> dict[str, Tensor]:
    """What an exported file stores by the names that the network gave it; folded layers have lost theirs.

    Numbers that the exporter named, and what the network makes for itself, are no weights that could be missed.
    """
    import onnx
    from onnx import numpy_helper

    own = network.state_dict().keys()
    made = {name for name, _ in network.named_buffers()} - own
    graph = onnx.load_model_from_string(read_onnx_file(path).content).graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer if entry.name not in made}
    return {
        name: torch.from_numpy(array.astype("float32"))
        for name, array in arrays.items()
        if array.dtype.kind == "f" and ("." in name or name in own)
    }


def generator_weights(described: Mapping[str, Any], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The generator's own among the weights of a model file: translation keeps beside it what learnt on its side."""
    if not described["task"].endswith("translation"):
        return dict(weights)
    prefix = "generator."
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}


def restore_generator(table: Mapping[str, Any], weights: Mapping[str, Tensor]) -> Generator:
    """The network of a model file, with its weights; foreign networks are found from these weights alone.

    Args:
        table: ``generator`` of the file's metadata.
        weights: of the file.

    Raises:
        RuntimeError: the weights do not fit.
        UsageError: this version has no such kind of generator, or it is a private one that nobody asked for.
    """
    options = dict(table)
    kind = options.pop("kind")
    return find_part(GENERATORS, kind, key="generator.kind").restored(weights, **options)
