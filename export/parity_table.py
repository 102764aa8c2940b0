"""How near exported files are to their networks: ``python -m export.parity_table`` measures it and writes the page.

Every registered generator, with the options that run files have by default and random weights, and every packaged
model goes through the export in every precision, at every shape, as `srgan export` does it. The figures are written to
``docs/export_parity.json`` and from there into the tables of ``docs/export.md``; a precision that is refused is in the
tables as refused, with the reason.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file

from srgan.errors import ModelError
from srgan.exporting import Target, check_parity
from srgan.exporting.drawing import ClassDrawing, Drawing, FreeDrawing, TextDrawing
from srgan.exporting.examples import example_picture
from srgan.exporting.execution import compute
from srgan.exporting.graph import latents_to_onnx, to_onnx
from srgan.exporting.labelling import stamp
from srgan.exporting.parity import check_drawing_parity, check_pictures
from srgan.exporting.precision import lower
from srgan.exporting.target import PRECISIONS
from srgan.networks import GENERATORS, LATENT_GENERATORS, Foreign, Generator, RecurrentTextEncoder, receptive_field
from srgan.runtime import ModelMetadata, read_file
from srgan.tasks import GenerationModel, TextToImageModel
from srgan.text import ByteTokenizer, TextDescription
from srgan.zoo import list_models

__all__ = ["Exported", "measure", "packaged", "registered", "tables", "with_tables"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKS = ("<!-- parity tables: python -m export.parity_table -->\n", "<!-- end of the parity tables -->\n")

_TOKENS = 32
_CLASSES = 10
_SCALE = 4


class Exported(NamedTuple):
    """A network in float32.

    Attributes:
        model: its graph, with `metadata`.
        metadata: of the file.
        parity: what comparing the file with the network gave.
    """

    model: onnx.ModelProto
    metadata: ModelMetadata
    parity: dict[str, Any]


def registered() -> dict[str, Callable[[], Exported]]:
    """What makes the file of each registered generator, by name."""
    makers: dict[str, Callable[[], Exported]] = {}
    for kind, part in GENERATORS.items():
        if part is not Foreign:
            makers[kind] = partial(_new, kind)
    for name in ("Compact", "RRDBNet", "SPAN"):
        makers[f"foreign ({name})"] = partial(_foreign, name)
    for kind in LATENT_GENERATORS:
        for asked in ("noise", "class", "text"):
            makers[f"{kind} ({asked})"] = partial(_drawing, kind, asked)
    return makers


def packaged() -> dict[str, Callable[[], Exported]]:
    """What reads each packaged model, by name."""
    return {entry.name: partial(_read, entry.file) for entry in list_models()}


def measure(exported: Exported, pictures: Path) -> dict[str, Any]:
    """The figures of a network: by precision the worst of its runtimes at every shape, or why it is refused.

    Args:
        exported: the network in float32.
        pictures: folder of real pictures, for int8.
    """
    metadata = exported.metadata
    drawn = metadata.commands == ("generate",)
    result: dict[str, Any] = {"fp32": {"max_error": _worst(exported.parity["max_error"], max)}}
    for precision in PRECISIONS[1:]:
        needs = precision == "int8" and not drawn
        try:
            lowered = lower(exported.model, metadata, precision, Target(), pictures if needs else None).metadata.parity
        except ModelError as error:
            result[precision] = {"refused": str(error).partition(";")[0]}
            continue
        facts = {key: lowered[key] for key in ("kept_fp32", "task_psnr") if key in lowered}
        runs: Any = lowered["psnr"]
        result[precision] = {"psnr": _worst(runs, min), "in": sorted(runs), **facts}
    return result


def _worst(runs: Mapping[str, Mapping[str, float]], worst: Callable[..., float]) -> dict[str, float]:
    """Of every shape the worst of the runtimes."""
    names = dict.fromkeys(name for shapes in runs.values() for name in shapes)
    return {name: worst(shapes[name] for shapes in runs.values() if name in shapes) for name in names}


def _new(kind: str) -> Exported:
    torch.manual_seed(0)
    enlarges = "scale" in signature(GENERATORS[kind]).parameters
    return _exported(kind, GENERATORS[kind](**({"scale": _SCALE} if enlarges else {})))


def _foreign(name: str) -> Exported:
    from spandrel.architectures.Compact import Compact
    from spandrel.architectures.ESRGAN import ESRGAN
    from spandrel.architectures.SPAN import SPAN

    torch.manual_seed(0)
    makers: dict[str, Callable[[], torch.nn.Module]] = {
        "Compact": lambda: Compact(num_feat=64, num_conv=16, upscale=4),
        "RRDBNet": lambda: ESRGAN(num_filters=16, num_blocks=1, scale=4),
        "SPAN": lambda: SPAN(num_in_ch=3, num_out_ch=3, feature_channels=48, upscale=4),
    }
    with tempfile.TemporaryDirectory(prefix="srgan-") as folder:
        path = Path(folder) / "network.safetensors"
        save_file(makers[name]().state_dict(), path)
        return _exported(f"foreign-{name.lower()}", Foreign(weights=path))


def _exported(name: str, network: Generator) -> Exported:
    enlarges = network.scale > 1
    metadata = ModelMetadata(
        name=name,
        task="super_resolution" if enlarges else "paired_translation",
        architecture=name,
        scale=network.scale,
        receptive_field=receptive_field(network),
        multiple_of=network.multiple_of,
        minimum=network.minimum,
        latent=network.latent,
    )
    model = to_onnx(network)
    return _stamped(model, metadata, check_parity, network)


def _drawing(kind: str, asked: str) -> Exported:
    torch.manual_seed(0)
    encoder = RecurrentTextEncoder() if asked == "text" else None
    condition = {"class": _CLASSES, "text": 0 if encoder is None else encoder.embedding}.get(asked, 0)
    generator = LATENT_GENERATORS[kind](**({"classes": condition} if condition else {}))
    drawing: Drawing
    if asked == "text":
        drawing = TextDrawing(TextToImageModel(generator, encoder), length=_TOKENS, vocabulary=257)
    else:
        model = GenerationModel(generator)
        drawing = ClassDrawing(model) if condition else FreeDrawing(model)
    drawing.float().eval()
    text = TextDescription(ByteTokenizer(_TOKENS).to_json(), "0" * 64) if asked == "text" else None
    metadata = ModelMetadata(
        name=f"{kind}-{asked}",
        task="text_to_image" if asked == "text" else "generation",
        architecture=kind,
        scale=1,
        latent=generator.latent,
        size=generator.size,
        prior=generator.prior,
        text=text,
        classes=tuple(f"class {number}" for number in range(_CLASSES)) if asked == "class" else (),
    )
    return _stamped(latents_to_onnx(drawing), metadata, check_drawing_parity, drawing)


def _stamped(
    model: onnx.ModelProto, metadata: ModelMetadata, check: Callable[..., dict[str, Any]], network: torch.nn.Module
) -> Exported:
    stamp(model, metadata)
    return Exported(model, metadata, check(model.SerializeToString(), network))


def _read(path: Path) -> Exported:
    file = read_file(path)
    assert file.metadata is not None
    model = onnx.load_model_from_string(file.content)
    if file.metadata.commands == ("generate",):
        return Exported(model, file.metadata, dict(file.metadata.parity))

    # What was measured at export may lack shapes that are measured since; the network is not at hand, its graph is.
    def expected(picture: NDArray[np.float32], _: object) -> NDArray[np.float32]:
        result: NDArray[np.float32] = compute(model, [{"input": picture}], exact=True)[0][0]
        return result

    return Exported(model, file.metadata, check_pictures(file.content, expected, file.metadata))


def tables(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures as Markdown: one row for every network and shape, then what each precision kept or cost."""
    lines = ["| network | shape | fp32: largest error | fp16 | bf16 | int8 |", "|---|---|---|---|---|---|"]
    for name, each in figures.items():
        for shape, error in each["fp32"]["max_error"].items():
            cells = [_cell(each[precision], shape) for precision in PRECISIONS[1:]]
            lines.append(f"| {name} | {shape} | {error:.1e} | {' | '.join(cells)} |")
    lines += ["", "| network | fp16 | bf16 | int8 |", "|---|---|---|---|"]
    for name, each in figures.items():
        lines.append(f"| {name} | {' | '.join(_verdict(each[precision]) for precision in PRECISIONS[1:])} |")
    return "\n".join(lines) + "\n"


def _cell(figure: Mapping[str, Any], shape: str) -> str:
    reached = figure.get("psnr", {}).get(shape)
    return "refused" if "refused" in figure else f"{reached:.1f} dB"


def _verdict(figure: Mapping[str, Any]) -> str:
    if "refused" in figure:
        return f"refused: {figure['refused']}"
    worst = min(figure["psnr"].values())
    kept = len(figure.get("kept_fp32", ()))
    words = [f"{worst:.1f} dB at worst ({', '.join(figure['in'])})"]
    words += [f"{kept} layers keep fp32"] if kept else []
    measured = figure.get("task_psnr", {})
    if "agreement" in measured:
        words.append(f"{measured['agreement']:.1f} dB to fp32 on its inputs")
    elif measured:
        words.append(f"{measured['fp32']:.2f} to {measured['int8']:.2f} dB on real pictures")
    return "; ".join(words)


def with_tables(page: str, made: str) -> str:
    """The page with new tables between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, found, rest = page.partition(MARKS[0])
    _, ended, after = rest.partition(MARKS[1])
    if not (found and ended):
        raise ValueError("the page lacks the marks between which the tables stand")
    return f"{before}{MARKS[0]}{made}{MARKS[1]}{after}"


@contextmanager
def _pictures(folder: Path | None) -> Iterator[Path]:
    """The folder, that of Set14 where the data are, or made-up pictures."""
    data = os.environ.get("SRGAN_DATA")
    if folder is None and data is not None:
        folder = next(iter(sorted((Path(data) / "benchmark" / "Set14").rglob("*HR*"))), None)
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="srgan-") as made:
        for number in range(12):
            picture = example_picture(1, 400, 384 + number)[0].transpose(1, 2, 0)
            Image.fromarray(np.rint(255 * picture).astype(np.uint8)).save(Path(made) / f"{number}.png")
        yield Path(made)


@click.command()
@click.option("--docs", type=click.Path(path_type=Path), default=DOCS, help="Folder of export.md.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Real pictures for int8; Set14 by default.")
@click.option("--only", multiple=True, metavar="NAME", help="Measure these anew; the others keep their figures.")
def main(docs: Path, pictures: Path | None, only: tuple[str, ...]) -> None:
    """Measure every network in every precision at every shape, and write the tables."""
    record = docs / "export_parity.json"
    known = json.loads(record.read_text()) if only and record.is_file() else {}
    makers = {**registered(), **packaged()}
    unknown = sorted(set(only) - set(makers))
    if unknown:
        raise click.UsageError(f"there is no {', '.join(unknown)}; known are {', '.join(makers)}")
    with _pictures(pictures) as folder:
        for name in only or makers:
            known[name] = measure(makers[name](), folder)
            verdicts = (f"{key}: {_verdict(known[name][key])}" for key in PRECISIONS[1:])
            click.echo(f"{name}\n  " + "\n  ".join(verdicts))
            figures = {name: known[name] for name in makers if name in known}
            record.write_text(json.dumps(figures, indent=1) + "\n")
    page = docs / "export.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8"), tables(figures)), encoding="utf-8")


if __name__ == "__main__":
    main()
