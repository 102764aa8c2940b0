"""Loading a model by name or by path."""

import os
from pathlib import Path

from srgan.runtime import Device, Model, Precision, bicubic
from srgan.runtime import load_model as load_file
from srgan.zoo.index import BICUBIC, DEFAULT, INDEX, find

__all__ = ["is_path", "load", "load_model"]

_MODEL_SUFFIXES = {".onnx", ".pth", ".pt", ".ckpt", ".safetensors"}


def is_path(model: str | Path) -> bool:
    """Whether that means a file, not the name of a packaged model: it has a folder or the suffix of a model file."""
    if isinstance(model, Path):
        return True
    separators = {os.sep, os.altsep or os.sep, "/"}
    return any(separator in model for separator in separators) or Path(model).suffix.lower() in _MODEL_SUFFIXES


def load(
    model: str | Path | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    index: Path = INDEX,
) -> Model:
    """Load a packaged model by its name, or any ONNX super-resolution model by its path.

    Args:
        model: ``"x4-fidelity"``, ``"bicubic"``, ``"./model.onnx"``; the default model when None.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None or 0 chooses.
        index: of the packaged models.

    Raises:
        ModelError: no such model, or the file is refused (the packaged ones are verified by their checksum).
        UsageError: the device or the precision cannot be had here.
    """
    if model is not None and is_path(model):
        return load_file(Path(model).expanduser(), device=device, precision=precision, tile=tile)
    name = str(model or DEFAULT)
    if name.lower() == BICUBIC:
        return bicubic()
    entry = find(name, index)
    return load_file(entry.file, device=device, precision=precision, tile=tile, sha256=entry.sha256)


def load_model(
    model: str | Path | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> Model:
    """Load a model to be used for many pictures: ``load_model("x4-fidelity").upscale(array)``.

    The arguments and errors are those of `srgan.zoo.load`.
    """
    return load(model, device=device, precision=precision, tile=tile)
