"""``srgan export``: a trained checkpoint as one ONNX file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.extras import needs_extra

if TYPE_CHECKING:
    from srgan.exporting.target import StoredPrecision

__all__ = ["export"]


@click.command(short_help="Export a checkpoint to ONNX.")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN_OR_CHECKPOINT")
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
def export(
    source: Path,
    output: Path,
    name: str | None,
    precision: "StoredPrecision | None",
    target: Path | None,
    calibration: Path | None,
) -> None:
    """Export a run's newest checkpoint, a checkpoint folder or a .safetensors file to ONNX.

    The file appears only after it was compared with the network, on several sizes, in every runtime that may serve it.
    What was measured is in the file, and beside it as NAME.parity.json. Layers that a lower precision would harm keep
    fp32; where that does not help there is no file.
    """
    with needs_extra("train"):
        from srgan.exporting import export_model, load_target
    wanted = None if target is None else load_target(target)
    report = export_model(source, output, name=name, precision=precision, target=wanted, calibration=calibration)
    if report.kept_fp32:
        click.echo(f"{len(report.kept_fp32)} layers keep fp32: {', '.join(report.kept_fp32)}", err=True)
    for backend, error in report.largest_errors.items():
        click.echo(f"{backend}: largest difference from the network {error:.2g} of 1", err=True)
    click.echo(report.output)
