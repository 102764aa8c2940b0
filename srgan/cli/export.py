"""``srgan export``: a trained checkpoint as one ONNX file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.completion import complete_files
from srgan.cli.extras import needs_extra
from srgan.cli.private_parts import allow_parts, part_option
from srgan.runtime import read_file
from srgan.zoo import find, list_models
from srgan.zoo.loading import is_path

if TYPE_CHECKING:
    from srgan.exporting.target import StoredPrecision

__all__ = ["export"]

_EXAMPLES = """\b
Examples:
  srgan export experiments/photos -o photos.onnx
  srgan export photos.onnx -o small.onnx --precision int8 --calibration photos/valid
  srgan export x4-fidelity -o gpu.onnx --target export/targets/cuda.toml
"""


@click.command(short_help="Export a checkpoint to ONNX.", epilog=_EXAMPLES, no_args_is_help=True)
@click.argument("source", metavar="RUN_OR_CHECKPOINT", shell_complete=complete_files)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.onnx", help="Output.")
@click.option("--name", help="Name of the model; the run's name by default.")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "bf16", "int8"]),
    help="Of the file; the target's own by default, or fp32. bf16: stored in fp32, made for CPUs that compute in bf16.",
)
@click.option(
    "--target",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Where it shall run, for example export/targets/browser.toml.",
)
@click.option(
    "--calibration",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Real pictures to measure lower precisions on (large ones, for a model that enlarges); int8 needs them.",
)
@part_option
def export(
    source: str,
    output: Path,
    name: str | None,
    precision: "StoredPrecision | None",
    target: Path | None,
    calibration: Path | None,
    parts: tuple[str, ...],
) -> None:
    """Export a run's newest checkpoint, a checkpoint folder or a .safetensors file to ONNX.

    A model that is exported already (an .onnx file in fp32, or the name of a packaged model) gives a file of another
    precision or for another target.

    The file appears only after it was compared with the network, on several sizes, in every runtime that may serve it.
    What was measured is in the file, and beside it as NAME.parity.json. Layers that a lower precision would harm keep
    fp32; where that does not help there is no file.
    """
    with needs_extra("train"):
        from srgan.exporting import export_model, load_target
    allow_parts(parts)
    wanted = None if target is None else load_target(target)
    report = export_model(
        _found(source), output, name=name, precision=precision, target=wanted, calibration=calibration
    )
    if report.kept_fp32:
        click.echo(f"{len(report.kept_fp32)} layers keep fp32: {', '.join(report.kept_fp32)}", err=True)
    for backend, error in report.largest_errors.items():
        click.echo(f"{backend}: largest difference from the network {error:.2g} of 1", err=True)
    click.echo(report.output)


def _found(source: str) -> Path:
    """What is there under that path, or else the packaged model of that name."""
    path = Path(source).expanduser()
    if path.exists() or is_path(source) or all(entry.name != source.lower() for entry in list_models()):
        return path
    entry = find(source)
    read_file(entry.file, sha256=entry.sha256)
    return entry.file
