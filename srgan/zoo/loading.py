"""Loading a model by name or by path."""

import os
from functools import lru_cache, partial
from pathlib import Path

from srgan.errors import ModelError
from srgan.runtime import Command, Counterpart, Device, Model, Precision, bicubic
from srgan.runtime import load_model as load_file
from srgan.zoo.index import BICUBIC, DEFAULTS, INDEX, Entry, default_model, find, list_models

__all__ = ["is_path", "keep_loaded", "load", "load_model"]

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
    tokenizer: Path | None = None,
    command: Command | None = "upscale",
    scale: float | None = None,
    index: Path = INDEX,
) -> Model:
    """Load a packaged model by its name, or any ONNX model that a command here runs by its path.

    Args:
        model: ``"x4-fidelity"``, ``"bicubic"``, ``"./model.onnx"``; the default model of the command when None.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"tensorrt"``; several of a kind, ``"cuda:0,cuda:1"``,
            make `Model.team`.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None or 0 chooses.
        tokenizer: ``tokenizer.json``, for a model of texts whose tokenizer is not part of it.
        command: what the model is wanted for; None takes it for what it is.
        scale: the factor that is wished, which chooses among the default models (see `default_model`).
        index: of the packaged models.

    Raises:
        ModelError: no such model, the model is for another command, or the file is refused (the packaged ones are
            verified by their checksum).
        UsageError: the device or the precision cannot be had here, or the tokenizer is missing or another one.
    """
    if model is not None and is_path(model):
        return load_file(
            Path(model).expanduser(),
            device=device,
            precision=precision,
            tile=tile,
            tokenizer=tokenizer,
            command=command,
        )
    usual = default_model(scale, index) if command in (None, "upscale") else DEFAULTS[command]
    name = str(model or usual)
    if name.lower() == BICUBIC:
        yardstick = bicubic()
        yardstick.metadata.require(command)
        return yardstick
    if model is None and all(entry.name != name for entry in list_models(index)):
        raise ModelError(f"no model for srgan {command} is packaged; name one: --model ./model.onnx")
    entry = find(name, index, command=command)
    loaded = load_file(
        entry.file,
        device=device,
        precision=precision,
        tile=tile,
        tokenizer=tokenizer,
        sha256=entry.sha256,
        command=command,
    )
    if entry.fidelity is not None:
        _accompany(loaded, find(entry.fidelity, index), precision, tile)
    return loaded


def _accompany(model: Model, faithful: Entry, precision: Precision, tile: int | None) -> None:
    """Put the faithful model beside a perceptual one, on every device of its team; it is loaded when it is needed."""
    for one in dict.fromkeys(model.team):
        load_other = partial(
            load_file,
            faithful.file,
            device=one.device,
            precision=precision,
            tile=tile,
            sha256=faithful.sha256,
            command="upscale",
        )
        one.counterpart = Counterpart(faithful.name, faithful.sha256, load_other)


def load_model(
    model: str | Path | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    tokenizer: Path | None = None,
) -> Model:
    """Load a model to be used for many pictures: ``load_model("x4-fidelity").upscale(array)``.

    Args:
        model: name of a packaged model (``srgan models list``), or the path of an ONNX file; the default model for
            upscaling when None.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"tensorrt"``; several of a kind, ``"cuda:0,cuda:1"``,
            make `Model.team`.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None chooses.
        tokenizer: ``tokenizer.json``, for a model of texts whose tokenizer is not part of it.

    Returns:
        The model, for whatever it is: to upscale, to translate, or to generate.

    Raises:
        ModelError: no such model, or the file is refused.
        UsageError: the device or the precision cannot be had here, or the tokenizer is missing or another one.
    """
    return load(model, device=device, precision=precision, tile=tile, tokenizer=tokenizer, command=None)


def keep_loaded(
    model: str | Path | None,
    command: Command,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    scale: float | None = None,
) -> Model:
    """Like `load`, but the last few models stay loaded; a file that was written again is loaded again."""
    if model is None and command == "upscale" and (chosen := default_model(scale)) != DEFAULTS["upscale"]:
        model = chosen
    name, changed = None if model is None else str(model), 0
    if model is not None and is_path(model):
        path = Path(model).expanduser()
        name = str(path.absolute())
        changed = path.stat().st_mtime_ns if path.exists() else 0
    return _load_once(name, changed, command, device, precision, tile)


@lru_cache(maxsize=4)
def _load_once(
    name: str | None, changed: int, command: Command, device: Device, precision: Precision, tile: int | None
) -> Model:
    """`changed` is only there so that a file which was written again is loaded again."""
    return load(name, device=device, precision=precision, tile=tile, command=command)
