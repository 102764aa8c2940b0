"""Upscaling one picture with one call."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from srgan.images import read
from srgan.runtime import Device, Finish, Model, Precision, enlarge
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
    strength: float = 1.0,
    tta: bool = False,
    fix_colour: bool = False,
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
    strength: float = 1.0,
    tta: bool = False,
    fix_colour: bool = False,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> NDArray[Any]: ...
def upscale(
    image: "str | Path | Image | NDArray[Any]",
    model: str | Path | Model | None = None,
    scale: float | None = None,
    *,
    strength: float = 1.0,
    tta: bool = False,
    fix_colour: bool = False,
    device: Device = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> "Image | NDArray[Any]":
    """Upscale one picture.

    The last few models stay loaded, so that calling this for many pictures is no slower than keeping a model.

    Args:
        image: a path; a Pillow image; or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or
            float32 in [0, 1].
        model: name of a packaged model, path of an ONNX file, or a loaded model; when None the default model (of
            the scale, where one of a smaller scale is packaged).
        scale: factor for both sides, whole or not; the model's own when None.
        strength: share of the model in its result, 0 to 1. The rest is the faithful model that is packaged beside a
            perceptual one (for ``"x4"`` that is ``"x4-fidelity"``), and bicubic where there is none.
        tta: average over eight turned and mirrored copies of the picture; eight times the work, and it blurs what
            models draw that were trained against a discriminator.
        fix_colour: give areas the colours of the input, where a model shifts them.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; not for a loaded model.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``; likewise.
        tile: largest side, in input pixels, of what one tile adds to the picture; likewise.

    Returns:
        A Pillow image for a Pillow image (mode L, LA, RGB or RGBA), else an array like the one given; for a path
        ``(H, W, 3)`` or ``(H, W, 4)``, or ``(H, W)`` for a grey file without transparency, in sRGB, uint8 or uint16.

    Raises:
        PictureError: the file is no picture or too large, or memory does not suffice.
        ModelError: no such model, or it is refused.
        UsageError: the device, the precision or the scale cannot be had, or a strength outside of 0 to 1.
        ValueError: an array of another shape or type.
    """
    if not isinstance(model, Model):
        model = keep_loaded(model, "upscale", device=device, precision=precision, tile=tile, scale=scale)
    wishes = Finish(strength, tta, fix_colour)
    if isinstance(image, (str, Path)):
        return to_array(enlarge(model, read(image), scale=scale, finish=wishes))
    if isinstance(image, np.ndarray):
        return enlarge(model, image, scale=scale, finish=wishes)
    return _pillow(image, lambda array: enlarge(model, array, scale=scale, finish=wishes))


def _pillow(image: "Image", enlarged: Callable[[NDArray[Any]], NDArray[Any]]) -> "Image":
    from PIL import Image as Pillow

    image = upright(image)
    if image.mode.startswith("I;16"):
        result = enlarged(np.asarray(image).astype(np.uint16))
        return Pillow.fromarray(np.asarray(result))
    clear = image.has_transparency_data
    if image.mode in ("L", "LA", "1"):
        image = image.convert("LA" if clear else "L")
    else:
        image = image.convert("RGBA" if clear else "RGB")
    array = np.asarray(image)
    if image.mode == "LA":
        rgba = enlarged(np.dstack([array[..., 0]] * 3 + [array[..., 1]]))
        return Pillow.fromarray(np.asarray(rgba)).convert("LA")
    return Pillow.fromarray(np.asarray(enlarged(array)))
