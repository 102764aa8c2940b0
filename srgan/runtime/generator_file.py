"""Model files that make pictures of texts, of classes, or of nothing but noise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from srgan.errors import ModelError
from srgan.runtime.metadata import ModelMetadata
from srgan.runtime.onnx_file import FLOAT, INT64, OnnxFile, OnnxInput, read_onnx_file

__all__ = ["Asked", "GeneratorFile", "generator_file_of", "read_generator_file"]

Asked = Literal["tokens", "label"]
"""The input by which a model is asked for a picture: tokens of a text, or the number of a class."""

_NOISE = "noise"


@dataclass(frozen=True)
class GeneratorFile:
    """An ONNX model that makes pictures, and passed the checks.

    Its inputs are ``tokens`` ``(batch, T)`` int64, or ``label`` ``(batch,)`` int64, or neither, and ``noise``
    ``(batch, latent)`` float32; the batch is free.

    Attributes:
        content: the file's bytes.
        sha256: of those bytes, hexadecimal.
        path: where it came from; None when it was given as bytes.
        metadata: its ``srgan.*`` entries.
        asked: the input beside the noise; None: there is none.
        length: T, tokens of a text; None: any number, or no text.
        size: side of the pictures.
        output: name of the first output, ``(batch, 3, size, size)``.
    """

    content: bytes
    sha256: str
    path: Path | None
    metadata: ModelMetadata
    asked: Asked | None
    length: int | None
    size: int
    output: str


def read_generator_file(source: bytes | Path, *, sha256: str | None = None) -> GeneratorFile:
    """Read and check a model file that makes pictures of texts, classes or noise; nothing in it is executed.

    Args:
        source: the file, or its bytes.
        sha256: what its checksum must be.

    Raises:
        ModelError: what `read_onnx_file` and `generator_file_of` refuse.
    """
    return generator_file_of(read_onnx_file(source, sha256=sha256))


def generator_file_of(file: OnnxFile) -> GeneratorFile:
    """What a file that is whole needs to make pictures.

    Raises:
        ModelError: it is for another command, or its inputs and its metadata do not tell the same.
    """
    metadata, shown = file.metadata, file.shown
    if metadata is None:
        raise ModelError(f"{shown} does not say what it is for; srgan generate runs models that srgan export wrote")
    metadata.require("generate")
    if metadata.scale != 1 or metadata.size is None:
        raise ModelError(
            f"{shown} is for {metadata.task}: it must tell the size of its pictures, and have a scale of 1"
        )
    inputs = {entry.name: entry for entry in file.inputs}
    asked = _asked(metadata, shown)
    if set(inputs) != {_NOISE, *([asked] if asked else [])} or not file.outputs:
        wanted = f"{asked} and {_NOISE}" if asked else _NOISE
        raise ModelError(f"{shown} is for {metadata.task}: it needs {wanted} as input, and has {', '.join(inputs)}")
    _check(inputs[_NOISE], FLOAT, (None, metadata.latent), shown)
    length = None
    if asked == "tokens":
        length = inputs[asked].shape[1] if len(inputs[asked].shape) == 2 else None
        _check(inputs[asked], INT64, (None, length), shown)
    elif asked == "label":
        _check(inputs[asked], INT64, (None,), shown)
    return GeneratorFile(file.content, file.sha256, file.path, metadata, asked, length, metadata.size, file.outputs[0])


def _asked(metadata: ModelMetadata, shown: str) -> Asked | None:
    """The input that the metadata promise."""
    if (metadata.task == "text_to_image") != (metadata.text is not None) or (metadata.text and metadata.classes):
        told = "texts and classes" if metadata.text and metadata.classes else "texts" if metadata.text else "no texts"
        raise ModelError(f"{shown} is for {metadata.task}, and its metadata tell of {told}")
    return "tokens" if metadata.text else "label" if metadata.classes else None


def _check(entry: OnnxInput, kind: int, shape: tuple[int | None, ...], shown: str) -> None:
    """Refuse an input of another type or shape; the length of the noise is never free."""
    if entry.kind != kind or entry.shape != shape:
        words = {FLOAT: "float32", INT64: "int64"}
        sides = ", ".join("free" if side is None else str(side) for side in shape)
        found = ", ".join("free" if side is None else str(side) for side in entry.shape)
        raise ModelError(
            f"{shown}: the input {entry.name} must be {words[kind]} ({sides}), and is "
            f"{words.get(entry.kind, 'of another type')} ({found}); export it again"
        )
