"""Translating one picture with one call."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from srgan.images import read
from srgan.runtime import Device, Model, Precision
from srgan.zoo.arrays import to_array, upright
from srgan.zoo.loading import keep_loaded

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["translate"]


@overload
def translate(
    image: "Image",
    model: str | Path | Model | None = None,
    *,
    size: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> "Image": ...
@overload
def translate(
    image: str | Path | NDArray[Any],
    model: str | Path | Model | None = None,
    *,
    size: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> NDArray[Any]: ...
def translate(
    image: "str | Path | Image | NDArray[Any]",
    model: str | Path | Model | None = None,
    *,
    size: int | None = None,
    seed: int = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> "Image | NDArray[Any]":
    """Translate one picture into another one of the same size.

    The last few models stay loaded, so that calling this for many pictures is no slower than keeping a model.

    Args:
        image: a path; a Pillow image; or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or
            float32 in [0, 1].
        model: name of a packaged model, path of an ONNX file, or a loaded model; the default model when None.
        size: bring the longer side to so many pixels before (bicubic); None leaves it.
        seed: of the noise, for models that take some.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; not for a loaded model.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``; likewise.

    Returns:
        A Pillow image for a Pillow image (mode RGB, or RGBA when the model keeps transparency; 8 bits), else an array
        ``(H, W, 3)`` or ``(H, W, 4)`` of the type given; for a path uint8 or uint16, in sRGB.

    Raises:
        PictureError: the file is no picture or too large, or memory does not suffice.
        ModelError: no such model, or it is refused, or for upscaling.
        UsageError: the device, the precision, the size or the seed cannot be had.
        ValueError: an array of another shape or type.
    """
    if not isinstance(model, Model):
        model = keep_loaded(model, "translate", device=device, precision=precision)
    if isinstance(image, (str, Path)):
        return to_array(model.translate(read(image), size=size, seed=seed))
    if isinstance(image, np.ndarray):
        return model.translate(image, size=size, seed=seed)
    return _pillow(image, model, size, seed)


def _pillow(image: "Image", model: Model, size: int | None, seed: int) -> "Image":
    from PIL import Image as Pillow

    image = upright(image)
    if image.mode.startswith("I;16"):
        deep = model.translate(np.asarray(image).astype(np.uint16), size=size, seed=seed)
        # Pillow has no mode for colours of 16 bits.
        return Pillow.fromarray(np.rint(deep / 257).astype(np.uint8))
    array = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    return Pillow.fromarray(np.asarray(model.translate(array, size=size, seed=seed)))
