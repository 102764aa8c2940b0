"""What a picture goes through before a translation model sees it: background, colour under transparency, size."""

import numpy as np

from srgan.errors import UsageError
from srgan.runtime.metadata import ModelMetadata
from srgan.runtime.pixels import Empty, Pixels, full_scale
from srgan.runtime.resample import resize
from srgan.runtime.target import Target
from srgan.runtime.transparency import bleed, restore_extremes

__all__ = ["lay_on", "prepare", "size_at"]

_BAND = 256
_MUCH_LARGER = 4


def size_at(height: int, width: int, longer: int | None) -> tuple[int, int]:
    """Height and width of a picture whose longer side is brought to `longer` pixels; None leaves it.

    Raises:
        UsageError: no positive number of pixels.
    """
    if longer is not None and not 1 <= longer < 2**31:
        raise UsageError(f"--size must be between 1 and 2,147,483,647 pixels, and is {longer}")
    return Target(long_side=longer).size(height, width, 1)


def prepare(
    rgb: Pixels, alpha: Pixels | None, size: tuple[int, int], metadata: ModelMetadata, empty: Empty
) -> tuple[Pixels, Pixels | None, tuple[str, ...]]:
    """Make a picture ready for translation.

    Args:
        rgb: ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        size: ``(height, width)`` at which it is to be translated.
        metadata: of the model.
        empty: makes arrays.

    Returns:
        What the network is to see; the alpha of the result, None when it is opaque; and notes for people.
    """
    notes: tuple[str, ...] = ()
    if alpha is not None and metadata.background is not None:
        if (alpha != full_scale(alpha.dtype)).any():
            rgb = lay_on(rgb, alpha, metadata.background)
            notes += (
                f"transparency was laid on {metadata.background}, as the model was trained: the result is opaque",
            )
        alpha = None
    if alpha is not None:
        rgb = bleed(rgb, alpha)
    if size != rgb.shape[:2]:
        rgb = resize(rgb, size, empty)
        if alpha is not None:
            before, alpha = alpha, resize(alpha, size, empty)
            restore_extremes(alpha, before)
    if metadata.size is not None and max(size) > _MUCH_LARGER * metadata.size:
        words = f"{size[1]} x {size[0]} pixels is much more than the {metadata.size} that the model was trained at"
        notes += (f"{words}; --size {metadata.size} may look better",)
    return rgb, alpha, notes


def lay_on(rgb: Pixels, alpha: Pixels, colour: str) -> Pixels:
    """A picture with straight alpha on a plain colour.

    Args:
        rgb: ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type.
        colour: ``"#rrggbb"``.

    Returns:
        ``(H, W, 3)`` of the same type, rounded; where the picture is opaque, its own pixels.
    """
    full = full_scale(rgb.dtype)
    behind = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)], np.float64) * (full / 255)
    result = np.empty_like(rgb)
    for top in range(0, rgb.shape[0], _BAND):
        band = slice(top, top + _BAND)
        weight = alpha[band, :, None].astype(np.float64) / full
        laid = rgb[band] * weight + behind * (1 - weight)
        result[band] = np.rint(laid) if rgb.dtype.kind == "u" else laid
    return result
