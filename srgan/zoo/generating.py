"""Making pictures with one call."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.runtime import Device, Model, Precision
from srgan.zoo.loading import keep_loaded

__all__ = ["generate"]


def generate(
    text: str | Sequence[str] | None = None,
    model: str | Path | Model | None = None,
    *,
    label: str | int | None = None,
    count: int = 1,
    seed: int = 0,
    truncation: float | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
) -> list[NDArray[np.uint8]]:
    """Make pictures of a text, of a class, or of nothing but noise, as the model has learnt it.

    The last few models stay loaded, so that calling this for many texts is no slower than keeping a model. The same
    seed makes the same pictures everywhere, within 1/255 in fp32.

    Args:
        text: what the pictures are to show, or several such texts; for a model of texts.
        model: name of a packaged model, path of an ONNX file, or a loaded model; the default model when None.
        label: name or number of a class; for a model of classes.
        count: pictures of each.
        seed: of the noise.
        truncation: how far the noise may go: smaller makes pictures more typical and less diverse; None: no limit.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; not for a loaded model.
        precision: ``"auto"`` (fp32), ``"fp32"``, ``"bf16"`` or ``"fp16"``; likewise.

    Returns:
        Arrays ``(size, size, 3)`` of uint8, sRGB; all pictures of the first text, then those of the second ...

    Raises:
        UsageError: a text that is empty, too long or unreadable, no such class, a number out of range, or the model
            takes something else; the device or the precision cannot be had.
        ModelError: no such model, or it is refused, or makes pictures of pictures.
        PictureError: memory does not suffice, or the model computed values that are not finite.
    """
    if not isinstance(model, Model):
        model = keep_loaded(model, "generate", device=device, precision=precision)
    return model.generate(text, label=label, count=count, seed=seed, truncation=truncation)
