"""From a checkpoint to a model file that describes itself and was compared with its network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from srgan.errors import ModelError, UsageError
from srgan.exporting.graph import to_onnx
from srgan.exporting.parity import check_parity
from srgan.files import atomic_write
from srgan.runtime import ModelMetadata
from srgan.training import read_model
from srgan.training.starting import find_model, generator_weights, restore_generator

__all__ = ["ExportReport", "export_model"]

_TASKS = ("super_resolution", "paired_translation", "unpaired_translation")


@dataclass(frozen=True)
class ExportReport:
    """What was written, and the largest difference from the network in each runtime (units of the picture range)."""

    output: Path
    checkpoint: Path
    metadata: ModelMetadata
    largest_errors: dict[str, float]


def export_model(source: Path, output: Path, *, name: str | None = None) -> ExportReport:
    """Export a checkpoint to ONNX.

    Args:
        source: the folder of a run (its newest checkpoint is taken), a checkpoint folder, or a ``.safetensors`` file.
        output: the ``.onnx`` file; it appears only after the parity check has passed.
        name: name of the model; the run's name by default.

    Raises:
        UsageError: no checkpoint there, or `output` is not called ``.onnx``.
        ModelError: the weights do not fit the network, or the exported model disagrees with it.
    """
    if output.suffix.lower() != ".onnx":
        raise UsageError(f"{output}: the output must be called something.onnx")
    checkpoint = find_model(source)
    weights, described = read_model(checkpoint)
    if described["task"] not in _TASKS:
        raise UsageError(
            f"{checkpoint} was trained for {described['task']}; only models from picture to picture are exported"
        )
    generator_table = described["generator"]
    try:
        generator = restore_generator(generator_table, generator_weights(described, weights))
    except RuntimeError as error:
        raise ModelError(f"{checkpoint}: the weights do not fit its {generator_table['kind']}: {error}") from None
    broken = [key for key, tensor in weights.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ModelError(f"{checkpoint}: the weights {', '.join(broken[:5])} are not finite")
    model = to_onnx(generator)
    parity = check_parity(model.SerializeToString(), generator)
    metadata = _metadata(name, generator_table, described, parity)
    del model.metadata_props[:]
    for key, value in metadata.to_props().items():
        model.metadata_props.add(key=key, value=value)
    model.doc_string = f"{metadata.name}: x{metadata.scale} {metadata.task}"
    with atomic_write(output) as file:
        file.write(model.SerializeToString())
    largest = {backend: max(shapes.values()) for backend, shapes in parity["max_error"].items()}
    return ExportReport(output, checkpoint, metadata, largest)


def _metadata(
    name: str | None, generator: dict[str, Any], described: dict[str, Any], parity: dict[str, Any]
) -> ModelMetadata:
    return ModelMetadata(
        name=name or described["name"],
        task=described["task"],
        architecture=generator["kind"],
        scale=described["scale"],
        receptive_field=described["receptive_field"],
        multiple_of=described["multiple_of"],
        minimum=described["minimum"],
        background=described.get("background"),
        latent=described.get("latent", 0),
        size=described.get("size"),
        precision="fp32",
        licence=described["licence"],
        training_run=described["training_run"],
        training_run_hash=described["training_run_hash"],
        data_hash=described.get("data_hash", ""),
        parity=parity,
    )
