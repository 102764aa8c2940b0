"""Check a model file on the machine that will run it: ``python export/verify_model.py model.onnx``.

Exporting compared the file with its network on the machine that trained it. Here it runs as it will in service, and
must say what it is, give the same picture in tiles as in one piece, and agree with 32-bit arithmetic: what
``srgan models verify`` does, as a program for pipelines that deploy. Exit code 6 when it does not.
"""

import sys
from pathlib import Path

import click

from srgan.errors import SrganError
from srgan.runtime import Device
from srgan.zoo.verifying import verify


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, tensorrt.")
def main(model: Path, device: Device) -> None:
    """Check the ONNX file MODEL on this machine, and print a line for each check."""
    failed = False
    try:
        for name, passed, detail in verify(model, device):
            click.echo(f"{'ok    ' if passed else 'FAILED'} {name}: {detail}")
            failed |= not passed
    except SrganError as error:
        click.echo(f"verify_model: error: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(6 if failed else 0)


if __name__ == "__main__":
    main()
