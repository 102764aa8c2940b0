"""Check a model file on the machine that will run it: ``python export/verify_model.py model.onnx``.

Exporting compared the file with its network on the machine that trained it. Here it runs as it will in service, and
must say what it is, give the same picture in tiles as in one piece, and agree with 32-bit arithmetic. Exit code 6 when
it does not.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from srgan.errors import SrganError
from srgan.runtime import Device, Model, load_model

TILED_LEVELS = 0.01
"""Largest difference between tiles and one piece, in levels of 255."""

AGREEMENT_DB = 40.0
"""Least PSNR between service and 32-bit arithmetic; half precision reaches 50 dB, a broken one not 30."""


class Finding(NamedTuple):
    """One check and its outcome."""

    name: str
    passed: bool
    detail: str


def texture(height: int, width: int) -> NDArray[np.float32]:
    """A picture with waves of every length and some noise, ``(height, width, 3)`` in [0, 1]."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(rows * columns / (width * period) + period) for period in (0.7, 1.9, 5.3)]
    noise = np.random.default_rng(0).random((height, width, 3), np.float32)
    return np.clip(0.5 + 0.3 * np.stack(waves, axis=2) + 0.2 * (noise - 0.5), 0, 1).astype(np.float32)


def run(model: Model, picture: NDArray[Any]) -> NDArray[Any]:
    """Upscale or translate, whichever the model is for."""
    return model.upscale(picture) if "upscale" in model.metadata.commands else model.translate(picture)


def check_metadata(model: Model) -> Finding:
    """The file says what it is, what it was made from and what may be done with it."""
    facts = model.metadata.model_dump()
    wanted = ["architecture", "licence", "training_run_hash", "parity"]
    if "upscale" in model.metadata.commands:
        wanted.append("receptive_field")  # a translation may look at the whole picture
    missing = [name for name in wanted if facts[name] in (None, "", "unknown", {})]
    detail = f"{model.name}, x{model.scale}, {facts['architecture']}, {facts['licence']}"
    return Finding("metadata", not missing, f"nothing about: {', '.join(missing)}" if missing else detail)


def check_tiles(path: Path, device: Device) -> Finding:
    """Tiles of an awkward size give what the whole picture gives."""
    picture = texture(131, 157)
    models = [load_model(path, device=device, precision="fp32", tile=side) for side in (1000, 17)]
    if models[0].metadata.receptive_field is None and "translate" in models[0].metadata.commands:
        return Finding("tiles", True, "none: the model looks at the whole picture")
    whole, tiled = (run(model, picture) for model in models)
    levels = 255 * float(np.abs(whole - tiled).max())
    return Finding("tiles", levels <= TILED_LEVELS, f"differ by {levels:.2g} of 255 levels (allowed {TILED_LEVELS})")


def check_service(model: Model, path: Path, device: Device) -> Finding:
    """What runs by default agrees with 32-bit arithmetic."""
    picture = np.rint(255 * texture(120, 160)).astype(np.uint8)
    exact = run(load_model(path, device=device, precision="fp32"), picture)
    error = np.square(run(model, picture).astype(np.float64) - exact).mean()
    decibels = 10 * np.log10(255**2 / error) if error else np.inf
    detail = f"{model.device_line}: {decibels:.1f} dB from fp32 (needed {AGREEMENT_DB:.0f})"
    return Finding("service", bool(decibels >= AGREEMENT_DB), detail)


def findings(path: Path, device: Device) -> Iterator[Finding]:
    """Every check of the file, one after the other."""
    model = load_model(path, device=device)
    yield check_metadata(model)
    yield check_tiles(path, device)
    yield check_service(model, path, device)


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
def main(model: Path, device: Device) -> None:
    """Check the ONNX file MODEL on this machine, and print a line for each check."""
    failed = False
    try:
        for name, passed, detail in findings(model, device):
            click.echo(f"{'ok    ' if passed else 'FAILED'} {name}: {detail}")
            failed |= not passed
    except SrganError as error:
        click.echo(f"verify_model: error: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(6 if failed else 0)


if __name__ == "__main__":
    main()
