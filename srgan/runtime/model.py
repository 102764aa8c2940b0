"""A model as people use it: load it, give it pictures."""

from dataclasses import replace
from pathlib import Path
from typing import overload

import numpy as np

from srgan.errors import ModelError, PictureError, UsageError
from srgan.images import Picture
from srgan.runtime.canvas import Canvas
from srgan.runtime.foreign import find_scale
from srgan.runtime.metadata import ModelMetadata
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.opening import open_session
from srgan.runtime.pixels import Pixels
from srgan.runtime.resample import resize
from srgan.runtime.session import Device, Precision, Session
from srgan.runtime.target import Target, passes
from srgan.runtime.transparency import bleed, restore_extremes
from srgan.runtime.upscaler import Geometry, NonFiniteError, Upscaler

__all__ = ["Model", "bicubic", "load_model"]

_USEFUL, _USEFUL_FOREIGN = 480, 256
_HALF = ("bf16", "fp16")


class Model:
    """A super-resolution model, ready to run; made by `load_model` or `bicubic`.

    Attributes:
        metadata: what the model file says about itself (for a model of somebody else: what running it showed).
        session: what computes; None for bicubic, which needs none.
        sha256: of the model file; of the name for bicubic.
        path: of the model file, if it came from one.
    """

    def __init__(
        self,
        metadata: ModelMetadata,
        *,
        upscaler: Upscaler | None = None,
        file: ModelFile | None = None,
        device: Device = "auto",
        precision: Precision = "auto",
    ) -> None:
        """Combine the parts; use `load_model` or `bicubic` instead."""
        self.metadata = metadata
        self.session: Session | None = upscaler.session if upscaler else None
        self.sha256 = file.sha256 if file else "built-in:" + metadata.name
        self.path = file and file.path
        self._upscaler = upscaler
        self._exact: Upscaler | None = None
        self._file = file
        self._device: Device = device
        self._precision: Precision = precision

    @property
    def name(self) -> str:
        """The model's name."""
        return self.metadata.name

    @property
    def scale(self) -> int:
        """Output side / input side of the network."""
        return self.metadata.scale

    @property
    def precision_wanted(self) -> Precision:
        """The precision that was asked for."""
        return self._precision

    @property
    def device_line(self) -> str:
        """What really runs, in one line for people."""
        if self.session is None:
            return "bicubic on the CPU (numpy)"
        return f"{self.session.backend} on {self.session.device} in {self.session.precision}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about device, precision and tiles, as far as it has turned out."""
        if self._upscaler is None:
            return ()
        return (*self._upscaler.session.notes, *self._upscaler.notes)

    @overload
    def upscale(
        self,
        image: Picture,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Picture: ...
    @overload
    def upscale(
        self,
        image: Pixels,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Pixels: ...
    def upscale(
        self,
        image: Picture | Pixels,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Picture | Pixels:
        """Enlarge one picture.

        A size that is not the network's own is reached by running it as often as sensible (see
        `srgan.runtime.passes`) and then MATLAB's bicubic. Transparent pixels take colours from the visible ones
        around them first, alpha goes through the network too, and what was fully clear or opaque stays exactly so.
        Pictures of more than 8 bits are computed in fp32 unless another precision was asked for.

        Args:
            image: a `Picture`, or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or float32 in
                [0, 1].
            scale: factor for both sides; the network's own when None.
            size: output ``(height, width)`` in pixels, instead of `scale`.
            scratch: folder for large intermediate pixels; the system's temporary folder when None.

        Returns:
            The same kind as `image`. A large result may live in an unnamed file instead of RAM.

        Raises:
            PictureError: ``"oom"`` or ``"non_finite"``.
            OutputError: no room for a large result on the disk.
            ValueError: an array of another shape or type.
            UsageError: a scale out of range.
        """
        canvas = Canvas(scratch)
        if isinstance(image, Picture):
            target = size or Target(scale=scale).size(image.height, image.width, self.scale)
            rgb: Pixels = image.rgb[..., 0] if image.grey else image.rgb
            colour, alpha, notes = self._both(rgb, image.alpha, target, canvas)
            if image.grey:
                colour = np.broadcast_to(colour[..., None], (*colour.shape, 3))
            return replace(image, rgb=colour, alpha=alpha, notes=(*image.notes, *notes))
        _check(image)
        target = size or Target(scale=scale).size(image.shape[0], image.shape[1], self.scale)
        if image.ndim == 3 and image.shape[2] == 4:
            colour, alpha, _ = self._both(image[..., :3], image[..., 3], target, canvas)
            assert alpha is not None
            joined = canvas.empty((*target, 4), image.dtype)
            joined[..., :3], joined[..., 3] = colour, alpha
            return joined
        return self._both(image, None, target, canvas)[0]

    def _both(
        self, rgb: Pixels, alpha: Pixels | None, size: tuple[int, int], canvas: Canvas
    ) -> tuple[Pixels, Pixels | None, tuple[str, ...]]:
        """Colour (or grey) and alpha at the size wanted, and notes for people."""
        if alpha is None:
            colour, notes = self._one(rgb, size, canvas)
            return colour, None, notes
        planes = rgb if rgb.ndim == 3 else rgb[..., None]
        filled = bleed(planes, alpha)
        colour, notes = self._one(filled if rgb.ndim == 3 else filled[..., 0], size, canvas)
        if alpha.min() == alpha.max():
            result = canvas.empty(size, alpha.dtype)
            result[...] = alpha.flat[0]
        else:
            result = self._one(alpha, size, canvas)[0]
            restore_extremes(result, alpha)
        return colour, result, notes

    def _one(self, image: Pixels, size: tuple[int, int], canvas: Canvas) -> tuple[Pixels, tuple[str, ...]]:
        if self._upscaler is None:
            return resize(image, size, canvas.empty), ()
        upscaler = self._upscaler
        if image.dtype != np.uint8 and self._precision == "auto" and upscaler.session.precision in _HALF:
            upscaler = self._exactly()
        try:
            return self._repeat(upscaler, image, size, canvas), ()
        except NonFiniteError:
            failed = upscaler.session.precision
            if failed != "fp32":
                try:
                    result = self._repeat(self._exactly(), image, size, canvas)
                    return result, (f"computed again in fp32: {failed} gave values that are not finite",)
                except (NonFiniteError, UsageError):
                    pass
            raise PictureError("non_finite", "the model computed values that are not finite numbers") from None

    def _repeat(self, upscaler: Upscaler, image: Pixels, size: tuple[int, int], canvas: Canvas) -> Pixels:
        """Run the network as often as sensible, shrinking in between to what the later runs need."""
        factor = min(size[0] / image.shape[0], size[1] / image.shape[1])
        count = passes(factor, self.scale)
        for index in range(count):
            rest = self.scale ** (count - 1 - index)
            image = upscaler.run(image, canvas.empty)
            image = resize(image, (-(-size[0] // rest), -(-size[1] // rest)), canvas.empty)
        return image if count else resize(image, size, canvas.empty)

    def _exactly(self) -> Upscaler:
        """The same network in fp32, opened when first needed."""
        if self._exact is None:
            assert self._file is not None
            assert self._upscaler is not None
            session = open_session(self._file, self._device, "fp32")
            self._exact = Upscaler(session, self._upscaler.geometry, self._upscaler.useful)
        return self._exact


def load_model(
    source: str | Path | bytes,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
    sha256: str | None = None,
) -> Model:
    """Load a super-resolution model from an ONNX file.

    Args:
        source: path of the file, or its bytes.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        tile: largest side, in input pixels, of what one tile adds to the picture; None or 0 chooses.
        sha256: what the file's checksum must be.

    Raises:
        ModelError: the file is missing or refused, or is no super-resolution model.
        UsageError: the device or the precision cannot be had here.
    """
    file = read_model_file(source if isinstance(source, bytes) else Path(source), sha256=sha256)
    session = open_session(file, device, precision)
    metadata = file.metadata
    if metadata is None:
        scale, multiple = find_scale(session, file.fixed)
        name = file.path.stem if file.path else "model"
        metadata = ModelMetadata(name=name, scale=scale, multiple_of=multiple)
        useful = _USEFUL_FOREIGN
    else:
        _verify(session, metadata, file)
        useful = metadata.tile or _USEFUL
    halo = metadata.receptive_field
    if file.fixed is not None and (halo is None or 2 * halo >= min(file.fixed)):
        halo = None
    geometry = Geometry(metadata.scale, halo, metadata.multiple_of, metadata.minimum, file.fixed)
    return Model(
        metadata, upscaler=Upscaler(session, geometry, tile or useful), file=file, device=device, precision=precision
    )


def bicubic(scale: int = 4) -> Model:
    """MATLAB's bicubic with the interface of a model; `scale` is what it enlarges by when nothing else is asked."""
    return Model(
        ModelMetadata(name="bicubic", architecture="bicubic", scale=scale, receptive_field=2, licence="not needed")
    )


def _verify(session: Session, metadata: ModelMetadata, file: ModelFile) -> None:
    """Make sure before the first picture that the network has the scale that its metadata promise."""
    if metadata.task != "super_resolution":
        raise ModelError(f"the model {metadata.name!r} is for {metadata.task}, not for super-resolution")
    step = metadata.multiple_of
    side = -(-max(16, metadata.minimum) // step) * step
    height, width = file.fixed or (side, side)
    shape = session.run(np.full((1, 3, height, width), 0.5, np.float32)).shape
    if shape != (1, 3, height * metadata.scale, width * metadata.scale):
        raise ModelError(f"the model {metadata.name!r} promises a scale of {metadata.scale} but makes {shape}")


def _check(image: Pixels) -> None:
    colour = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))
    if not colour or 0 in image.shape or image.dtype not in (np.uint8, np.uint16, np.float32):
        raise ValueError(
            "a picture must be (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or float32, "
            f"and is {image.shape} of {image.dtype}"
        )
