"""Which kernel made a small picture: the full one is reduced by each known kernel, and the nearest result wins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXPECTED", "KERNELS", "Origin", "middle", "origin", "reduced"]

Luma = NDArray[np.float32]
Taps = NDArray[np.float64]

EXPECTED = "MATLAB bicubic"
"""The kernel on which the field's published figures rest."""

_KNOWN_DB = 45.0
_LEAD_DB = 2.0
_BORDER = 4
_WINDOW = 192


def _cubic(a: float) -> Callable[[Taps], Taps]:
    def kernel(x: Taps) -> Taps:
        x = np.abs(x)
        near: Taps = ((a + 2) * x - (a + 3)) * x * x + 1
        far: Taps = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return np.where(x <= 1, near, np.where(x < 2, far, 0.0))

    return kernel


def _triangle(x: Taps) -> Taps:
    weights: Taps = np.maximum(0.0, 1 - np.abs(x))
    return weights


def _lanczos(x: Taps) -> Taps:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


def _box(x: Taps) -> Taps:
    return np.where(np.abs(x) <= 0.5, 1.0, 0.0)


def _sampled(kernel: Callable[[Taps], Taps], *, widened: bool) -> Callable[[int], list[Taps]]:
    """Weights of the pixels -4 * scale to 5 * scale around each reduced one."""

    def taps(scale: int) -> list[Taps]:
        distance: Taps = np.arange(-4 * scale, 5 * scale, dtype=np.float64) - (scale - 1) / 2
        weights = kernel(distance / scale if widened else distance)
        return [weights / weights.sum()]

    return taps


def _nearest(scale: int) -> list[Taps]:
    """The first pixel (slicing, OpenCV) or one in the middle (Pillow, MATLAB)."""
    places = sorted({0, (scale - 1) // 2, scale // 2})
    return [np.eye(9 * scale)[4 * scale + place] for place in places]


KERNELS: dict[str, Callable[[int], list[Taps]]] = {
    EXPECTED: _sampled(_cubic(-0.5), widened=True),
    "bicubic without antialiasing": lambda scale: [
        *_sampled(_cubic(-0.5), widened=False)(scale),
        *_sampled(_cubic(-0.75), widened=False)(scale),
    ],
    "bilinear": _sampled(_triangle, widened=True),
    "bilinear without antialiasing": _sampled(_triangle, widened=False),
    "area": _sampled(_box, widened=True),
    "Lanczos": _sampled(_lanczos, widened=True),
    "nearest": _nearest,
}
"""Known kernels: name -> weights by scale, one or several variants."""


@dataclass(frozen=True)
class Origin:
    """How well each kernel explains a small picture.

    Attributes:
        decibels: PSNR of the luma for each of `KERNELS`.
        kernel: the kernel that made it; None if none is near (45 dB) or the best two are within 2 dB.
    """

    decibels: dict[str, float]
    kernel: str | None

    @property
    def best(self) -> str:
        """The nearest kernel, near or not."""
        return max(self.decibels, key=self.decibels.__getitem__)


def reduced(luma: Luma, taps: Taps, scale: int) -> Luma:
    """Reduce ``(H, W)`` by `scale` with the same weights along both axes; H and W are multiples of it."""
    for _ in range(2):  # along the rows, then, transposed, along the columns
        padded = np.pad(luma, ((4 * scale, 4 * scale), (0, 0)), mode="symmetric")
        height = luma.shape[0] // scale
        total = np.zeros((height, luma.shape[1]), np.float32)
        for place in np.flatnonzero(taps):
            total += np.float32(taps[place]) * padded[place : place + scale * height : scale]
        luma = total.T
    return luma


def origin(high: Luma, low: Luma, scale: int) -> Origin:
    """Compare a small picture with what the known kernels make of the full one.

    Args:
        high: luma ``(h * scale, w * scale)``, 0 to 255.
        low: luma ``(h, w)``.
        scale: at least 2.
    """
    inside = slice(_BORDER, -_BORDER)
    decibels = {}
    for name, variants in KERNELS.items():
        errors = [reduced(high, taps, scale)[inside, inside] - low[inside, inside] for taps in variants(scale)]
        least = min(float(np.mean(np.square(error, dtype=np.float64))) for error in errors)
        decibels[name] = round(10 * float(np.log10(255**2 / max(least, 1e-6))), 2)
    first, second = sorted(decibels.values(), reverse=True)[:2]
    found = Origin(decibels, None)
    return Origin(decibels, found.best) if first >= _KNOWN_DB and first - second >= _LEAD_DB else found


def middle(high: Luma, low: Luma, scale: int) -> tuple[Luma, Luma]:
    """The middle of both, at most 192 small pixels a side."""
    top, left = (max(0, (side - _WINDOW) // 2) for side in low.shape)
    bottom, right = min(low.shape[0], top + _WINDOW), min(low.shape[1], left + _WINDOW)
    return high[top * scale : bottom * scale, left * scale : right * scale], low[top:bottom, left:right]
