"""From a checkpoint to a model file that describes itself and was compared with its network."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from srgan.errors import ModelError, UsageError
from srgan.exporting.converting import convert
from srgan.exporting.drawing import ClassDrawing, Drawing, ForeignTextDrawing, FreeDrawing, TextDrawing
from srgan.exporting.finishing import Wish, finish
from srgan.exporting.graph import latents_to_onnx, to_onnx
from srgan.exporting.labelling import stamp
from srgan.exporting.parity import check_drawing_parity, check_parity
from srgan.exporting.target import StoredPrecision, Target
from srgan.networks import LatentGenerator
from srgan.runtime import ModelMetadata
from srgan.text import SentenceEncoder, TextDescription
from srgan.training import read_model
from srgan.training.caption_sections import TextSection
from srgan.training.generation_models import build_model
from srgan.training.starting import find_model, generator_weights, restore_generator
from srgan.training.text_to_image_assembly import build_text_to_image, open_reader

__all__ = ["ExportReport", "export_model"]

_NEEDED = ("task", "name", "licence", "training_run", "training_run_hash")


@dataclass(frozen=True)
class ExportReport:
    """What was written, and the largest difference from the network in each runtime (units of the picture range).

    `source` is the file that it was made of, `kept_fp32` names the layers that stay in float32 in a file of lower
    precision.
    """

    output: Path
    source: Path
    metadata: ModelMetadata
    largest_errors: dict[str, float]
    kept_fp32: tuple[str, ...] = ()


def export_model(
    source: Path,
    output: Path,
    *,
    name: str | None = None,
    precision: StoredPrecision | None = None,
    target: Target | None = None,
    calibration: Path | None = None,
) -> ExportReport:
    """Export a checkpoint to ONNX, or an exported file in another form.

    What was measured is in the file, and beside it as ``NAME.parity.json``.

    Args:
        source: the folder of a run (its newest checkpoint is taken), a checkpoint folder, a ``.safetensors`` file, or
            an ``.onnx`` file in float32.
        output: the ``.onnx`` file; it appears only after the parity check has passed.
        name: name of the model; the run's name by default.
        precision: of the file; the target's own when None.
        target: where it shall run; anywhere, in float32, when None.
        calibration: folder of real pictures to measure lower precisions on; int8 cannot do without.

    Raises:
        UsageError: no checkpoint there, `output` is not called ``.onnx``, or the target does not run the precision.
        ModelError: the weights do not fit the network, or the exported model disagrees with it.
    """
    wish = Wish.of(output, precision, target, calibration)
    if source.suffix.lower() == ".onnx":
        converted = convert(source, wish, name=name)
        return ExportReport(output, source, converted.metadata, converted.largest_errors, converted.kept_fp32)
    checkpoint = find_model(source)
    weights, described = read_model(checkpoint)
    lacking = [key for key in _NEEDED if key not in described]
    if lacking:
        raise ModelError(f"{checkpoint} does not describe its network: {', '.join(lacking)} is missing")
    make = _GRAPHS.get(described["task"])
    if make is None:
        raise UsageError(
            f"{checkpoint} was trained for {described['task']}, which makes no pictures: there is nothing to export"
        )
    if "generator" not in described:
        raise ModelError(f"{checkpoint} does not describe its network: generator is missing")
    broken = [key for key, tensor in weights.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ModelError(f"{checkpoint}: the weights {', '.join(broken[:5])} are not finite")
    try:
        made = make(described, weights)
    except RuntimeError as error:
        kind = described["generator"]["kind"]
        raise ModelError(f"{checkpoint}: the weights do not fit its {kind}: {error}") from None
    model, metadata = made.model, _metadata(name, described, made.facts)
    stamp(model, metadata)
    finished = finish(model, metadata, made.check(model.SerializeToString()), wish)
    return ExportReport(output, checkpoint, finished.metadata, finished.largest_errors, finished.kept_fp32)


@dataclass(frozen=True)
class _Made:
    """A graph of a network.

    Attributes:
        model: the graph.
        facts: what its metadata say of it besides.
        check: compares the file with the network.
    """

    model: onnx.ModelProto
    facts: dict[str, Any]
    check: Callable[[bytes], dict[str, Any]]


def _translating(described: dict[str, Any], weights: dict[str, Tensor]) -> _Made:
    """From picture to picture."""
    generator = restore_generator(described["generator"], generator_weights(described, weights))
    known = ("scale", "receptive_field", "multiple_of", "minimum", "background", "latent", "size")
    facts = {key: described[key] for key in known if key in described}
    return _Made(to_onnx(generator), facts, functools.partial(check_parity, generator=generator))


def _drawing(described: dict[str, Any], weights: dict[str, Tensor]) -> _Made:
    """From noise, and perhaps a class, to a picture."""
    network = build_model(described)
    network.load_state_dict(weights)
    facts = {"classes": described.get("class_names", [])}
    return _drawn(ClassDrawing(network) if network.classes else FreeDrawing(network), network, facts)


def _drawing_texts(described: dict[str, Any], weights: dict[str, Tensor]) -> _Made:
    """From a text and noise to a picture."""
    text = TextDescription.from_json(described["text"])
    network = build_text_to_image(described)
    network.load_state_dict(weights)
    if network.text_encoder is not None:
        tokenizer = text.open_tokenizer()
        drawing: Drawing = TextDrawing(network, length=tokenizer.length, vocabulary=tokenizer.vocabulary)
    else:
        reader = open_reader(TextSection.model_validate(json.loads(described["training_run"])["text"]))
        text.refuse_another(reader.file)
        assert isinstance(reader, SentenceEncoder)
        drawing = ForeignTextDrawing(network, reader)
    return _drawn(drawing, network, {"text": text.to_json()})


def _drawn(drawing: Drawing, network: LatentGenerator, facts: dict[str, Any]) -> _Made:
    drawing.float().eval()
    whole = {"scale": 1, "receptive_field": None, "latent": network.latent, "size": network.size}
    facts = {**whole, "prior": network.prior, **facts}
    return _Made(latents_to_onnx(drawing), facts, functools.partial(check_drawing_parity, drawing=drawing))


_GRAPHS: dict[str, Callable[[dict[str, Any], dict[str, Tensor]], _Made]] = {
    "generation": _drawing,
    "paired_translation": _translating,
    "super_resolution": _translating,
    "text_to_image": _drawing_texts,
    "unpaired_translation": _translating,
}


def _metadata(name: str | None, described: dict[str, Any], facts: dict[str, Any]) -> ModelMetadata:
    return ModelMetadata(
        name=name or described["name"],
        task=described["task"],
        architecture=described["generator"]["kind"],
        precision="fp32",
        **facts,
        licence=described["licence"],
        training_run=described["training_run"],
        training_run_hash=described["training_run_hash"],
        data_hash=described.get("data_hash", ""),
        interpolation=described.get("interpolation", {}),
    )
