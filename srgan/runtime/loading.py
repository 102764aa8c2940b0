"""From an ONNX file to a model that runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from srgan.errors import ModelError, UsageError
from srgan.runtime.foreign import find_scale
from srgan.runtime.foreign_form import Form, find_form, in_our_form
from srgan.runtime.generator_file import GeneratorFile, generator_file_of
from srgan.runtime.metadata import Command, ModelMetadata
from srgan.runtime.model import Model
from srgan.runtime.model_file import ModelFile, model_file_of
from srgan.runtime.network_runner import NetworkRunner
from srgan.runtime.noise import draw_noise
from srgan.runtime.onnx_file import OnnxFile, read_onnx_file
from srgan.runtime.opening import open_engine, open_session
from srgan.runtime.places import Device, Place, place_of, places_of
from srgan.runtime.sampler import Sampler
from srgan.runtime.session import NonFiniteError, Precision, Session, on_gpu
from srgan.runtime.shared_session import SharedSession
from srgan.runtime.upscaler import Geometry, Upscaler

__all__ = ["AnyFile", "bicubic", "load_model", "read_any_file", "read_file"]

AnyFile = ModelFile | GeneratorFile | OnnxFile
"""A model file that was read: one that runs here, or one for other programs."""

_USEFUL, _USEFUL_FOREIGN = 480, 256
HANDS = 8
"""Pictures that a GPU has in hand at a time: while it computes tiles of some, others are cut and put together."""


def read_file(source: bytes | Path, *, sha256: str | None = None) -> ModelFile | GeneratorFile:
    """Read and check a model file, whatever its model is for; nothing in it is executed.

    Args:
        source: the file, or its bytes.
        sha256: what its checksum must be.

    Raises:
        ModelError: it is missing, damaged, unsafe, or does not fit what its metadata say.
    """
    return _runnable(read_onnx_file(source, sha256=sha256))


def read_any_file(source: bytes | Path, *, sha256: str | None = None) -> AnyFile:
    """Like `read_file`, but files for other programs (8-bit pixels in and out) are read too, to be told of.

    Raises:
        ModelError: as `read_file`.
    """
    file = read_onnx_file(source, sha256=sha256)
    return file if file.for_others else _runnable(file)


def _runnable(file: OnnxFile) -> ModelFile | GeneratorFile:
    generates = file.metadata is not None and "generate" in file.metadata.commands
    return generator_file_of(file) if generates else model_file_of(file)


def load_model(
    source: str | Path | bytes,
    *,
    device: Device | Place = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    tokenizer: Path | None = None,
    sha256: str | None = None,
    command: Command | None = None,
) -> Model:
    """Load a model from an ONNX file.

    Args:
        source: path of the file, or its bytes.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"tensorrt"``; several of a kind, ``"cuda:0,cuda:1"``,
            make `Model.team`. Or `Model.device` of another model.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None or 0 chooses.
        tokenizer: ``tokenizer.json``, for a model of texts whose tokenizer is not part of it.
        sha256: what the file's checksum must be.
        command: what the model is wanted for; None takes it for what it is.

    Raises:
        ModelError: the file is missing or refused, or its model is for something else.
        UsageError: the device or the precision cannot be had here, or the tokenizer is missing or another one.
    """
    file = read_onnx_file(source if isinstance(source, bytes) else Path(source), sha256=sha256)
    if file.metadata is not None:
        file.metadata.require(command)
    if command == "generate" or (file.metadata is not None and "generate" in file.metadata.commands):
        return _generator(generator_file_of(file), place_of(device), precision, tokenizer)
    if tokenizer is not None:
        raise UsageError(f"{file.shown} reads no texts; leave out the tokenizer file {tokenizer}")
    form = Form() if file.metadata is not None else find_form(file)
    places = (device,) if isinstance(device, Place) else places_of(device)
    picture_file = model_file_of(in_our_form(file, form))
    models = [_picture_model(picture_file, place, precision, tile, command) for place in places]
    if not form.ours:
        models[0].form = form
    hands = HANDS if models[0].session is not None and on_gpu(models[0].session) else 1
    models[0].team = tuple(models) * hands
    return models[0]


def _generator(file: GeneratorFile, device: Place, precision: Precision, tokenizer: Path | None) -> Model:
    if tokenizer is not None and file.metadata.text is None:
        raise UsageError(f"the model {file.metadata.name!r} reads no texts; leave out the tokenizer file {tokenizer}")
    reader = None if file.metadata.text is None else file.metadata.text.open_tokenizer(tokenizer)
    sampler = Sampler(open_engine(file, device, precision), file, reader)
    return Model(file.metadata, sampler=sampler, file=file, device=device, precision=precision)


def _picture_model(
    file: ModelFile, device: Place, precision: Precision, tile: int | None, command: Command | None
) -> Model:
    session = open_session(file, device, precision)
    if on_gpu(session):
        session = SharedSession(session)
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
    geometry = replace(_geometry(metadata, file, command), uniform=on_gpu(session))
    upscaler = Upscaler(session, geometry, tile or useful, free=not tile)

    def open_exact() -> Upscaler:
        return Upscaler(open_session(file, device, "fp32"), geometry, upscaler.useful, free=not tile)

    runner = NetworkRunner(metadata.scale, upscaler, precision=precision, open_exact=open_exact)
    return Model(metadata, runner=runner, file=file, device=device, precision=precision)


def bicubic(scale: int = 4) -> Model:
    """MATLAB's bicubic with the interface of a model; `scale` is what it enlarges by when nothing else is asked."""
    return Model(
        ModelMetadata(name="bicubic", architecture="bicubic", scale=scale, receptive_field=2, licence="not needed")
    )


def _geometry(metadata: ModelMetadata, file: ModelFile, command: Command | None) -> Geometry:
    halo = metadata.receptive_field
    rules = Geometry(metadata.scale, halo, metadata.multiple_of, metadata.minimum, file.fixed)
    if file.metadata is not None and metadata.sees_all:
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
    try:
        shape = session.run_pixels(np.full((1, height, width, 3), 128, np.uint8), noise).shape
    except NonFiniteError:
        return  # which is found again, and told of, with the first picture
    if shape != (1, height * metadata.scale, width * metadata.scale, 3):
        raise ModelError(f"the model {metadata.name!r} promises a scale of {metadata.scale} but makes {shape}")
