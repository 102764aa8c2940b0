"""``srgan models``: what can be used with ``--model``, and models made of two others."""

import json
from pathlib import Path
from typing import Any

import click

from srgan.cli.extras import needs_extra
from srgan.errors import ModelError
from srgan.runtime import ModelMetadata, bicubic, read_file
from srgan.zoo import BICUBIC, DEFAULT, DEFAULTS, Entry, find, list_models
from srgan.zoo.loading import is_path

__all__ = ["models"]

_BICUBIC_ROW = {
    "name": BICUBIC,
    "task": "super_resolution",
    "scale": 4,
    "licence": "not needed",
    "summary": "MATLAB's bicubic, no network; the yardstick",
    "default": False,
    "file": None,
}


@click.group(short_help="List the packaged models, show one, or mix two trained ones.")
def models() -> None:
    """List the packaged models, show one, or mix two trained ones."""


@models.command("list", short_help="The models that --model takes by name.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
def list_(as_json: bool) -> None:
    """Name, task, scale, licence and purpose of every model that --model takes by name."""
    rows = [_row(entry) for entry in list_models()] + [_BICUBIC_ROW]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width, wide = (max(len(str(row[key])) for row in rows) for key in ("name", "task"))
    for row in rows:
        mark = "  (default)" if row["default"] else ""
        facts = f"{row['name']:{width}}  {row['task']:{wide}}  x{row['scale']}  {row['licence']:14}"
        click.echo(f"{facts}  {row['summary']}{mark}")


@models.command(short_help="Metadata and card of one model.")
@click.argument("model", default=DEFAULT)
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
def info(model: str, as_json: bool) -> None:
    """Everything that the file of MODEL (a name, or the path of an ONNX file) says about itself, and its card."""
    facts, card = _facts(model)
    if as_json:
        click.echo(json.dumps({**facts, "card": card}, indent=2))
        return
    width = max(map(len, facts))
    for key, value in facts.items():
        shown = "-" if value in (None, "", []) else json.dumps(value) if isinstance(value, (dict, list)) else value
        click.echo(f"{key:{width}}  {shown}")
    if card:
        click.echo(f"\n{card.rstrip()}")


@models.command(short_help="A model between two trained ones.")
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option("--alpha", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="0: all A; 1: all B.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT.safetensors", help="Output."
)
def interpolate(first: Path, second: Path, alpha: float, output: Path) -> None:
    """Interpolate the weights of A and B: (1 - alpha) A + alpha B, for example a faithful model and a sharp one.

    Both are folders of runs, checkpoints or .safetensors files of one network. The result is for srgan export.
    """
    with needs_extra("train"):
        from srgan.training.interpolation import interpolate_models
    click.echo(interpolate_models(first, second, alpha, output))


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "task": entry.task,
        "scale": entry.scale,
        "licence": entry.licence,
        "summary": entry.summary,
        "default": entry.name == DEFAULTS[entry.command],
        "file": str(entry.file),
    }


def _facts(model: str) -> tuple[dict[str, Any], str | None]:
    """Metadata (with file, sha256 and size) and the text of the card."""
    if not is_path(model) and model.lower() == BICUBIC:
        return bicubic().metadata.model_dump(mode="json"), None
    if is_path(model):
        file = read_file(Path(model).expanduser())
        card = None
    else:
        entry = find(model)
        file = read_file(entry.file, sha256=entry.sha256)
        try:
            card = entry.card.read_text(encoding="utf-8")
        except OSError as error:
            raise ModelError(f"the card {entry.card} of {entry.name} cannot be read: {error.strerror}") from error
    fields = file.metadata.model_dump(mode="json") if file.metadata else dict.fromkeys(ModelMetadata.model_fields)
    return {**fields, "file": str(file.path), "bytes": len(file.content), "sha256": file.sha256}, card
