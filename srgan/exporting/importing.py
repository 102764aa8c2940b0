"""Networks that others trained, as model files of ours."""

from dataclasses import dataclass
from pathlib import Path

import torch

from srgan.errors import ModelError, UsageError
from srgan.exporting.finishing import Finished, Wish, finish
from srgan.exporting.graph import to_onnx
from srgan.exporting.labelling import stamp
from srgan.exporting.parity import check_parity
from srgan.exporting.target import StoredPrecision, Target
from srgan.files import sha256_file
from srgan.networks import Foreign, receptive_field
from srgan.runtime import ModelMetadata

__all__ = ["ImportReport", "import_model"]


@dataclass(frozen=True)
class ImportReport:
    """What was found and written."""

    output: Path
    finished: Finished


def import_model(
    source: Path,
    output: Path,
    *,
    name: str | None = None,
    licence: str = "unknown",
    precision: StoredPrecision | None = None,
    target: Target | None = None,
    calibration: Path | None = None,
) -> ImportReport:
    """Make a model file of a super-resolution network of somebody else; spandrel finds what it is from its weights.

    A pickle (``.pth``, ``.pt``, ``.ckpt``) is read by a child process with limits that refuses all but tensors.

    Args:
        source: the weight file.
        output: the ``.onnx`` file; it appears only after it was compared with the network.
        name: of the model; the file's name by default.
        licence: of the weights, as their author says: SPDX identifier or words.
        precision: as for `export_model`.
        target: likewise.
        calibration: likewise.

    Raises:
        UsageError: the file is not there, `output` is not called ``.onnx``, or the target does not run the precision.
        ModelError: not a file of tensors only, damaged, not finite, unknown, or the result disagrees with the network.
    """
    wish = Wish.of(output, precision, target, calibration)
    if not source.is_file():
        raise UsageError(f"the weight file {source} is not there")
    try:
        network = Foreign(weights=source)
    except UsageError as error:  # what is wrong with a run file's key is here wrong with the model
        raise ModelError(str(error)) from None
    broken = [key for key, tensor in network.state_dict().items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ModelError(f"{source}: the weights {', '.join(broken[:5])} are not finite")
    metadata = ModelMetadata(
        name=name or source.stem,
        task="super_resolution",
        architecture=type(network.network).__name__,
        scale=network.scale,
        receptive_field=receptive_field(network),
        multiple_of=network.multiple_of,
        minimum=network.minimum,
        licence=licence,
        training_run=f'{{"imported": "sha256:{sha256_file(source)}"}}',
    )
    model = to_onnx(network)
    stamp(model, metadata)
    parity = check_parity(model.SerializeToString(), network)
    return ImportReport(output, finish(model, metadata, parity, wish))
