"""``srgan export``: a trained checkpoint as one ONNX file."""

from pathlib import Path

import click

from srgan.cli.extras import needs_extra

__all__ = ["export"]


@click.command(short_help="Export a checkpoint to ONNX.")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN_OR_CHECKPOINT")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.onnx", help="Output.")
@click.option("--name", help="Name of the model; the run's name by default.")
def export(source: Path, output: Path, name: str | None) -> None:
    """Export a run's newest checkpoint, a checkpoint folder or a .safetensors file to ONNX.

    The file appears only after it was compared with the network, on several sizes, in every runtime that may serve it.
    """
    with needs_extra("train"):
        from srgan.exporting import export_model
    report = export_model(source, output, name=name)
    for backend, error in report.largest_errors.items():
        click.echo(f"{backend}: largest difference from the network {error:.2g} of 1", err=True)
    click.echo(report.output)
