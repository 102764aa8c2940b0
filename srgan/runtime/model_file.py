"""Model files that make pictures of pictures: a picture, and perhaps noise, as input."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from srgan.errors import ModelError
from srgan.runtime.metadata import ModelMetadata
from srgan.runtime.onnx_file import FLOAT, FLOAT16, UINT8, OnnxFile, OnnxInput, read_onnx_file

__all__ = ["ModelFile", "model_file_of", "read_model_file"]


@dataclass(frozen=True)
class ModelFile:
    """An ONNX model from a picture to a picture that passed the checks.

    Attributes:
        content: the file's bytes.
        sha256: of those bytes, hexadecimal.
        path: where it came from; None when it was given as bytes.
        metadata: its ``srgan.*`` entries; None for a model of somebody else.
        input: name of the picture input.
        noise: name of the second input, a vector of noise; None when the model takes a picture only.
        latent: length of that vector; 0 when there is none.
        output: name of the first output.
        half: the input is float16, not float32.
        fixed: input ``(height, width)`` when the file allows no other, else None.
    """

    content: bytes
    sha256: str
    path: Path | None
    metadata: ModelMetadata | None
    input: str
    noise: str | None
    latent: int
    output: str
    half: bool
    fixed: tuple[int, int] | None

    @property
    def stores_half(self) -> bool:
        """Whether its numbers are stored in fp16, so that it computes in nothing else."""
        return self.half or (self.metadata is not None and self.metadata.precision == "fp16")


def read_model_file(source: bytes | Path, *, sha256: str | None = None) -> ModelFile:
    """Read and check a model file that makes pictures of pictures; nothing in it is executed.

    Args:
        source: the file, or its bytes.
        sha256: what its checksum must be.

    Raises:
        ModelError: what `read_onnx_file` and `model_file_of` refuse.
    """
    return model_file_of(read_onnx_file(source, sha256=sha256))


def model_file_of(file: OnnxFile) -> ModelFile:
    """What a file that is whole needs to make pictures of pictures.

    Raises:
        ModelError: it is for `srgan generate`, or not a network from one RGB picture (and the noise that its metadata
            tell of) to a picture.
    """
    metadata, shown = file.metadata, file.shown
    if metadata is not None and "generate" in metadata.commands:
        raise ModelError(f"{shown} is for {metadata.task}, it makes no pictures of pictures: use srgan generate")
    noise, latent = _noise_input(file.inputs)
    if metadata is not None and metadata.latent != latent:
        raise ModelError(f"{shown} promises noise of length {metadata.latent}, and takes {latent or 'none'}")
    name, half, fixed = _picture_input([entry for entry in file.inputs if entry.name != noise], shown)
    if not file.outputs:
        raise ModelError(f"{shown} is not a picture-to-picture model: it has no output")
    return ModelFile(file.content, file.sha256, file.path, metadata, name, noise, latent, file.outputs[0], half, fixed)


def _noise_input(inputs: Sequence[OnnxInput]) -> tuple[str | None, int]:
    """Name and length of the second input, a vector of noise, if the model takes one."""
    for entry in inputs if len(inputs) == 2 else []:
        if entry.name == "noise" and entry.kind in (FLOAT, FLOAT16) and len(entry.shape) == 2:
            length = entry.shape[1]
            if length is not None:
                return entry.name, length
    return None, 0


def _picture_input(inputs: Sequence[OnnxInput], shown: str) -> tuple[str, bool, tuple[int, int] | None]:
    """Name of the input, float16 or not, fixed (height, width) or None."""
    if len(inputs) != 1:
        names = ", ".join(entry.name for entry in inputs) or "none"
        raise ModelError(f"{shown} is not a picture-to-picture model: it needs exactly one input, and has {names}")
    picture, sides = inputs[0], list(inputs[0].shape)
    if picture.kind == UINT8 and sides[-1:] == [3]:
        raise ModelError(
            f"{shown} takes 8-bit pixels: it is for browsers and other programs that have nothing but the file; srgan "
            "runs the model that it was made from"
        )
    if picture.kind not in (FLOAT, FLOAT16) or len(sides) != 4 or sides[1] not in (3, None):
        raise ModelError(
            f"{shown} does not take RGB pictures: its input must be float (batch, 3, height, width), and is {sides}"
        )
    if sides[0] not in (1, None):
        raise ModelError(f"{shown} only runs on batches of {sides[0]}; export it with a batch of 1 or a dynamic one")
    height, width = sides[2], sides[3]
    if (height is None) != (width is None):
        raise ModelError(f"{shown} fixes only one side of its input ({sides}); export it with dynamic axes")
    fixed = None if height is None or width is None else (height, width)
    return picture.name, picture.kind == FLOAT16, fixed
