"""``srgan models``: what can be used with ``--model``."""

import json
from typing import Any

import click

from srgan.errors import ModelError
from srgan.runtime import ModelMetadata, bicubic, read_model_file
from srgan.zoo import BICUBIC, DEFAULT, Entry, find, list_models
from srgan.zoo.loading import is_path

__all__ = ["models"]

_BICUBIC_ROW = {
    "name": BICUBIC,
    "scale": 4,
    "licence": "not needed",
    "summary": "MATLAB's bicubic, no network; the yardstick",
    "default": False,
    "file": None,
}


@click.group(short_help="List the packaged models, or show one.")
def models() -> None:
    """List the packaged models, or show one."""


@models.command("list", short_help="The models that --model takes by name.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
def list_(as_json: bool) -> None:
    """Name, scale, licence and purpose of every model that --model takes by name."""
    rows = [_row(entry) for entry in list_models()] + [_BICUBIC_ROW]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        mark = "  (default)" if row["default"] else ""
        click.echo(f"{row['name']:{width}}  x{row['scale']}  {row['licence']:14}  {row['summary']}{mark}")


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
        shown = json.dumps(value) if isinstance(value, dict) else "-" if value in (None, "") else value
        click.echo(f"{key:{width}}  {shown}")
    if card:
        click.echo(f"\n{card.rstrip()}")


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "scale": entry.scale,
        "licence": entry.licence,
        "summary": entry.summary,
        "default": entry.name == DEFAULT,
        "file": str(entry.file),
    }


def _facts(model: str) -> tuple[dict[str, Any], str | None]:
    """Metadata (with file, sha256 and size) and the text of the card."""
    if not is_path(model) and model.lower() == BICUBIC:
        return bicubic().metadata.model_dump(mode="json"), None
    if is_path(model):
        from pathlib import Path

        file = read_model_file(Path(model).expanduser())
        card = None
    else:
        entry = find(model)
        file = read_model_file(entry.file, sha256=entry.sha256)
        try:
            card = entry.card.read_text(encoding="utf-8")
        except OSError as error:
            raise ModelError(f"the card {entry.card} of {entry.name} cannot be read: {error.strerror}") from error
    fields = file.metadata.model_dump(mode="json") if file.metadata else dict.fromkeys(ModelMetadata.model_fields)
    return {**fields, "file": str(file.path), "bytes": len(file.content), "sha256": file.sha256}, card
