"""From an ONNX file to a model that runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from srgan.errors import ModelError
from srgan.runtime.foreign import find_scale
from srgan.runtime.metadata import Command, ModelMetadata
from srgan.runtime.model import Model
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.noise import draw_noise
from srgan.runtime.opening import open_session
from srgan.runtime.session import Device, Precision, Session
from srgan.runtime.upscaler import Geometry, Upscaler

__all__ = ["bicubic", "load_model"]

_USEFUL, _USEFUL_FOREIGN = 480, 256


def load_model(
    source: str | Path | bytes,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    sha256: str | None = None,
    command: Command | None = None,
) -> Model:
    """Load a super-resolution or translation model from an ONNX file.

    Args:
        source: path of the file, or its bytes.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None or 0 chooses.
        sha256: what the file's checksum must be.
        command: what the model is wanted for; None takes it for what it is.

    Raises:
        ModelError: the file is missing or refused, or its model is for something else.
        UsageError: the device or the precision cannot be had here.
    """
    file = read_model_file(source if isinstance(source, bytes) else Path(source), sha256=sha256)
    if file.metadata is not None:
        file.metadata.require(command)
    session = open_session(file, device, precision)
    metadata = file.metadata
    if metadata is None:
        scale, multiple = find_scale(session, file.fixed, draw_noise(0, 0, file.latent))
        name = file.path.stem if file.path else "model"
        metadata = ModelMetadata(name=name, task="unknown", scale=scale, multiple_of=multiple, latent=file.latent)
        metadata.require(command)
        useful = _USEFUL_FOREIGN
    else:
        _verify(session, metadata, file)
        useful = metadata.tile or _USEFUL
    upscaler = Upscaler(session, _geometry(metadata, file, command), tile or useful)
    return Model(metadata, upscaler=upscaler, file=file, device=device, precision=precision)


def bicubic(scale: int = 4) -> Model:
    """MATLAB's bicubic with the interface of a model; `scale` is what it enlarges by when nothing else is asked."""
    return Model(
        ModelMetadata(name="bicubic", architecture="bicubic", scale=scale, receptive_field=2, licence="not needed")
    )


def _geometry(metadata: ModelMetadata, file: ModelFile, command: Command | None) -> Geometry:
    halo = metadata.receptive_field
    rules = Geometry(metadata.scale, halo, metadata.multiple_of, metadata.minimum, file.fixed)
    if file.metadata is not None and halo is None and "translate" in metadata.commands:
        return replace(rules, tiles="none")
    if file.fixed is not None and (halo is None or 2 * halo >= min(file.fixed)):
        return replace(rules, halo=None)
    if file.metadata is None and command != "upscale" and "translate" in metadata.commands:
        return replace(rules, tiles="seamless")
    return rules


def _verify(session: Session, metadata: ModelMetadata, file: ModelFile) -> None:
    """Make sure before the first picture that the network has the scale that its metadata promise."""
    if metadata.scale != 1 and "translate" in metadata.commands:
        raise ModelError(f"the model {metadata.name!r} promises a scale of {metadata.scale}; translations have 1")
    if metadata.latent and "translate" not in metadata.commands:
        raise ModelError(f"the model {metadata.name!r} takes noise, which only translation models may")
    step = metadata.multiple_of
    side = -(-max(16, metadata.minimum) // step) * step
    height, width = file.fixed or (side, side)
    noise = draw_noise(0, 0, metadata.latent)
    shape = session.run(np.full((1, 3, height, width), 0.5, np.float32), noise).shape
    if shape != (1, 3, height * metadata.scale, width * metadata.scale):
        raise ModelError(f"the model {metadata.name!r} promises a scale of {metadata.scale} but makes {shape}")
