"""From a graph that agrees with its network to the file that a target wants."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from srgan.errors import UsageError
from srgan.exporting.forms import check_form, shaped
from srgan.exporting.labelling import stamp
from srgan.exporting.precision import lower
from srgan.exporting.target import StoredPrecision, Target
from srgan.files import atomic_write
from srgan.runtime import ModelMetadata

__all__ = ["Finished", "Wish", "finish"]


@dataclass(frozen=True)
class Wish:
    """What a file shall be like.

    Attributes:
        output: the ``.onnx`` file.
        precision: of it.
        target: where it shall run.
        calibration: folder of real pictures to measure lower precisions on.
    """

    output: Path
    precision: StoredPrecision
    target: Target
    calibration: Path | None

    @classmethod
    def of(
        cls, output: Path, precision: StoredPrecision | None, target: Target | None, calibration: Path | None
    ) -> "Wish":
        """Check a wish before anything is computed.

        Raises:
            UsageError: `output` is not called ``.onnx``, or the target does not run the precision.
        """
        if output.suffix.lower() != ".onnx":
            raise UsageError(f"{output}: the output must be called something.onnx")
        target = target or Target()
        return cls(output, target.choose(precision), target, calibration)


@dataclass(frozen=True)
class Finished:
    """What was written.

    Attributes:
        metadata: of the file.
        largest_errors: largest difference from the network in each runtime, in units of the picture range.
        kept_fp32: layers that stay in float32 in a file of lower precision.
    """

    metadata: ModelMetadata
    largest_errors: dict[str, float]
    kept_fp32: tuple[str, ...]


def finish(model: onnx.ModelProto, metadata: ModelMetadata, parity: dict[str, Any], wish: Wish) -> Finished:
    """Lower the precision, give the form that the target wants, and write the file and ``NAME.parity.json`` beside it.

    Args:
        model: in float32, compared with its network.
        metadata: of it, without parity.
        parity: what comparing it gave.
        wish: what it shall be like.

    Raises:
        UsageError: what is wished for is not for such a model.
        ModelError: the result would be outside the tolerance; nothing is written.
        OutputError: the file cannot be written.
    """
    metadata = metadata.model_copy(update={"parity": {"precision": "fp32", **parity}})
    stamp(model, metadata)
    if wish.precision != "fp32":
        model, metadata = lower(model, metadata, wish.precision, wish.target, wish.calibration)
    if wish.target != Target():
        floats, model = model, shaped(model, metadata, wish.target)
        check_form(model, floats, metadata, wish.target)
    measured: dict[str, Any] = dict(metadata.parity)
    with atomic_write(wish.output) as file:
        file.write(model.SerializeToString())
    with atomic_write(wish.output.with_suffix(".parity.json")) as file:
        file.write(json.dumps(measured, indent=2, sort_keys=True).encode() + b"\n")
    largest = {backend: max(shapes.values()) for backend, shapes in measured["max_error"].items()}
    return Finished(metadata, largest, tuple(measured.get("kept_fp32", ())))
