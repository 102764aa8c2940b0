"""``srgan models``: what can be used with ``--model``; fetching, checking, importing, unpacking and mixing models."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.completion import complete_models
from srgan.cli.device_option import device_option
from srgan.cli.extras import needs_extra
from srgan.cli.model_facts import card_of, facts_of, file_of, rows, summary_of
from srgan.cli.private_parts import allow_parts, part_option
from srgan.errors import ModelError
from srgan.files import atomic_write, escape, escape_lines, sha256_file
from srgan.runtime import Device
from srgan.zoo import DEFAULT, scale_defaults
from srgan.zoo.fetching import fetch, look_up, resolve

if TYPE_CHECKING:
    from srgan.exporting.target import StoredPrecision

__all__ = ["models"]


@click.group(short_help="List, show, fetch, check, import and mix models.")
def models() -> None:
    """List, show, fetch, check, import and mix models."""


@models.command("list", short_help="The models that --model takes by name.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
def list_(as_json: bool) -> None:
    """Name, task, scale, size, licence and purpose of every model that --model takes by name."""
    listed = rows()
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    defaults = scale_defaults().values()
    width, wide = (max(len(str(row[key])) for row in listed) for key in ("name", "task"))
    for row in listed:
        small = row["name"] in defaults
        mark = "  (default)" if row["default"] else f"  (default up to x{row['scale']})" if small else ""
        mark += f"  (--strength mixes it with {row['fidelity']})" if row["fidelity"] else ""
        facts = f"{row['name']:{width}}  {row['task']:{wide}}  x{row['scale']}  {_size(row['bytes']):>7}"
        click.echo(f"{facts}  {row['licence']:14}  {row['summary']}{mark}")


@models.command(short_help="Metadata and card of one model.")
@click.argument("model", default=DEFAULT, shell_complete=complete_models)
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
def info(model: str, as_json: bool) -> None:
    """Everything that the file of MODEL says about itself, and its card.

    MODEL is a name, or the path of an ONNX file or of a .safetensors file of a training. Of an ONNX file that says
    nothing, what running it shows.
    """
    facts, card = facts_of(model)
    if as_json:
        click.echo(json.dumps({**facts, "card": card}, indent=2))
        return
    width = max(map(len, facts))
    for key, value in facts.items():
        shown = "-" if value in (None, "", []) else value if isinstance(value, str) else json.dumps(value)
        click.echo(f"{key:{width}}  {escape(shown)}")
    if card:
        click.echo(f"\n{escape_lines(card.rstrip())}")


@models.command(short_help="A model between two trained ones.")
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option("--alpha", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="0: all A; 1: all B.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT.safetensors", help="Output."
)
@part_option
def interpolate(first: Path, second: Path, alpha: float, output: Path, parts: tuple[str, ...]) -> None:
    """Interpolate the weights of A and B: (1 - alpha) A + alpha B, for example a faithful model and a sharp one.

    Both are folders of runs, checkpoints or .safetensors files of one network. The result is for srgan export.
    """
    with needs_extra("train"):
        from srgan.training.interpolation import interpolate_models
    allow_parts(parts)
    click.echo(interpolate_models(first, second, alpha, output))


@models.command(short_help="The weights of an exported model.")
@click.argument("model", shell_complete=complete_models)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.safetensors", help="Output."
)
@part_option
def unpack(model: str, output: Path, parts: tuple[str, ...]) -> None:
    """Write the weights of MODEL (a name, or the path of an ONNX file of srgan export) with its description.

    The result is what a checkpoint holds: for srgan export, srgan models interpolate, and [init] of a run file.
    """
    with needs_extra("train"):
        from srgan.exporting import unpack_model
    allow_parts(parts)
    path = file_of(model).path
    assert path is not None
    click.echo(unpack_model(path, output))


@models.command(short_help="Fetch a model file.")
@click.argument("source")
@click.option("--from", "mirror", metavar="MIRROR", help="A folder or URL with an index.toml; SOURCE is a name in it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default its name, here.")
@click.option("--sha256", metavar="HEX", help="What its checksum must be.")
def get(source: str, mirror: str | None, output: Path | None, sha256: str | None) -> None:
    """Fetch SOURCE: a URL, hf:OWNER/NAME/FILE of a Hugging Face hub, a path, or with --from a name.

    What was interrupted is continued by running the command again. The file appears when it is complete, has its
    checksum and was found to be a sound model. SRGAN_OFFLINE=1 forbids every connection.
    """
    with tempfile.TemporaryDirectory(prefix="srgan-") as scratch:
        origin = resolve(source) if mirror is None else None
        if mirror is not None:
            origin, entry = look_up(mirror, source, Path(scratch))
            sha256 = sha256 or entry.sha256
    assert origin is not None
    path = fetch(origin, output or Path(origin.name), sha256=sha256)
    if sha256 is None:
        click.echo(f"sha256 {sha256_file(path)} (give it as --sha256 to be sure of the same file again)", err=True)
    click.echo(path)


@models.command(short_help="Check a model file on this machine.")
@click.argument("model", default=DEFAULT, shell_complete=complete_models)
@device_option()
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.pass_context
def verify(context: click.Context, model: str, device: Device, as_json: bool) -> None:
    """Check MODEL (a name, or the path of an ONNX file) where it will run.

    It must say what it is, give the same picture in tiles as in one piece, and agree with 32-bit arithmetic at every
    shape. Exit code 6 when it does not.
    """
    from srgan.zoo.verifying import verify as check

    path = file_of(model).path
    assert path is not None
    verdicts = []
    for verdict in check(path, device):
        verdicts.append(verdict._asdict())
        if not as_json:
            click.echo(f"{'ok    ' if verdict.passed else 'FAILED'} {verdict.name}: {verdict.detail}")
    if as_json:
        click.echo(json.dumps(verdicts, indent=2))
    if not all(verdict["passed"] for verdict in verdicts):
        context.exit(ModelError.exit_code)


@models.command("import", short_help="Make a model file of somebody else's weights.")
@click.argument("weights", type=click.Path(path_type=Path), metavar="WEIGHTS")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.onnx", help="Output.")
@click.option("--name", help="Name of the model; the file's name by default.")
@click.option("--licence", default="unknown", show_default=True, help="Of the weights, as their author says.")
@click.option("--precision", type=click.Choice(["fp32", "fp16", "bf16", "int8"]), help="As for srgan export.")
@click.option("--target", type=click.Path(path_type=Path), metavar="FILE.toml", help="As for srgan export.")
@click.option("--calibration", type=click.Path(path_type=Path), metavar="FOLDER", help="As for srgan export.")
def import_(
    weights: Path,
    output: Path,
    name: str | None,
    licence: str,
    precision: "StoredPrecision | None",
    target: Path | None,
    calibration: Path | None,
) -> None:
    """Make an ONNX model file of WEIGHTS (.safetensors, .pth, .pt, .ckpt, .onnx), a super-resolution network of others.

    The network is found from the weights. Pickles are read by a child process that takes nothing but tensors. Of an
    ONNX file layout, range and scale are found by running it.
    """
    with needs_extra("train"):
        from srgan.exporting import import_model, import_onnx, load_target
    take = import_onnx if weights.suffix.lower() == ".onnx" else import_model
    report = take(
        weights,
        output,
        name=name,
        licence=licence,
        precision=precision,
        target=None if target is None else load_target(target),
        calibration=calibration,
    )
    facts = report.finished.metadata
    found = facts.parity.get("found", facts.architecture)
    click.echo(f"{found}, x{facts.scale}, licence: {facts.licence}", err=True)
    for backend, error in report.finished.largest_errors.items():
        click.echo(f"{backend}: largest difference from the network {error:.2g} of 1", err=True)
    click.echo(report.output)


@models.command(short_help="Write a model card.")
@click.argument("model", default=DEFAULT, shell_complete=complete_models)
@click.option(
    "--format",
    "form",
    type=click.Choice(["huggingface", "openmodeldb"]),
    default="huggingface",
    show_default=True,
    help="README.md of a model repository, or an entry of OpenModelDB (JSON).",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Instead of stdout.")
@click.option("--author", default="unknown", show_default=True, help="For OpenModelDB.")
@click.option("--url", help="Where the file can be had, for OpenModelDB.")
def card(model: str, form: str, output: Path | None, author: str, url: str | None) -> None:
    """Write the card of MODEL (a name, or the path of an ONNX file) from what the file says about itself.

    What people wrote is taken along: the packaged card, or the Markdown file beside the model.
    """
    from srgan.zoo.cards import hub_card, open_model_db

    file = file_of(model)
    text = card_of(model, file)
    if form == "huggingface":
        made = hub_card(file, text)
    else:
        made = json.dumps(open_model_db(file, author=author, description=summary_of(text), url=url), indent=2) + "\n"
    if output is None:
        click.echo(made, nl=False)
        return
    with atomic_write(output) as stream:
        stream.write(made.encode())
    click.echo(output)


def _size(count: int | None) -> str:
    return "-" if count is None else f"{count / 1e6:.1f} MB"
