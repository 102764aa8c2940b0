"""Upscaling one picture with one call."""

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

__all__ = ["upscale"]


@overload
def upscale(
    image: "Image",
    model: str | Path | Model | None = None,
    scale: float | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> "Image": ...
@overload
def upscale(
    image: str | Path | NDArray[Any],
    model: str | Path | Model | None = None,
    scale: float | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> NDArray[Any]: ...
def upscale(
    image: "str | Path | Image | NDArray[Any]",
    model: str | Path | Model | None = None,
    scale: float | None = None,
    *,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> "Image | NDArray[Any]":
    """Upscale one picture.

    The last few models stay loaded, so that calling this for many pictures is no slower than keeping a model.

    Args:
        image: a path; a Pillow image; or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or
            float32 in [0, 1].
        model: name of a packaged model, path of an ONNX file, or a loaded model; the default model when None.
        scale: factor for both sides, whole or not; the model's own when None.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; not for a loaded model.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``; likewise.
        tile: largest side, in input pixels, of what one tile adds to the picture; likewise.

    Returns:
        A Pillow image for a Pillow image (mode L, LA, RGB or RGBA), else an array like the one given; for a path
        ``(H, W, 3)`` or ``(H, W, 4)``, or ``(H, W)`` for a grey file without transparency, in sRGB, uint8 or uint16.

    Raises:
        PictureError: the file is no picture or too large, or memory does not suffice.
        ModelError: no such model, or it is refused.
        UsageError: the device, the precision or the scale cannot be had.
        ValueError: an array of another shape or type.
    """
    if not isinstance(model, Model):
        model = keep_loaded(model, "upscale", device=device, precision=precision, tile=tile)
    if isinstance(image, (str, Path)):
        return to_array(model.upscale(read(image), scale=scale))
    if isinstance(image, np.ndarray):
        return model.upscale(image, scale=scale)
    return _pillow(image, model, scale)


def _pillow(image: "Image", model: Model, scale: float | None) -> "Image":
    from PIL import Image as Pillow

    image = upright(image)
    if image.mode.startswith("I;16"):
        result = model.upscale(np.asarray(image).astype(np.uint16), scale=scale)
        return Pillow.fromarray(np.asarray(result))
    clear = image.has_transparency_data
    if image.mode in ("L", "LA", "1"):
        image = image.convert("LA" if clear else "L")
    else:
        image = image.convert("RGBA" if clear else "RGB")
    array = np.asarray(image)
    if image.mode == "LA":
        rgba = model.upscale(np.dstack([array[..., 0]] * 3 + [array[..., 1]]), scale=scale)
        return Pillow.fromarray(np.asarray(rgba)).convert("LA")
    return Pillow.fromarray(np.asarray(model.upscale(array, scale=scale)))
