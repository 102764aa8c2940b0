"""Bicubic resampling that follows MATLAB's ``imresize``, bit for bit on 8-bit pictures.

The super-resolution literature defines its low-resolution inputs by this function, so every published figure depends
on it: cubic kernel with a = -0.5 (Keys, 1981), widened by the scale when shrinking (antialiasing), symmetric borders,
normalised weights, height before width, integer pictures rounded half up after *each* of the two passes.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["crop_to_multiple", "imresize"]

Scalar = TypeVar("Scalar", bound=np.generic)

_STRIP_BYTES = 32 * 1024 * 1024


def imresize(
    image: NDArray[Scalar],
    *,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    antialias: bool = True,
) -> NDArray[Scalar]:
    """Resize a picture with MATLAB's antialiased bicubic.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``; uint8 and uint16 are rounded and clipped, floats stay as they are.
        scale: factor for both sides; the output is ``ceil(side * scale)``. Give either this or `size`.
        size: output ``(height, width)`` in pixels.
        antialias: widen the kernel when shrinking (MATLAB's default).

    Returns:
        The resized picture, same dtype and number of dimensions.

    Raises:
        ValueError: neither or both of `scale` and `size`, or an output side below 1.
    """
    if (scale is None) == (size is None):
        raise ValueError("give either scale or size")
    height, width = image.shape[:2]
    if scale is not None:
        size = (math.ceil(height * scale), math.ceil(width * scale))
        factors = (float(scale), float(scale))
    else:
        assert size is not None
        factors = (size[0] / height, size[1] / width)
    if min(size) < 1:
        raise ValueError(f"output of {size[1]}x{size[0]} pixels is empty")
    # MATLAB works along the dimension with the smaller factor first; equal factors start with the height.
    order = (0, 1) if factors[0] <= factors[1] else (1, 0)
    result = image
    for axis in order:
        result = _resize_axis(result, axis, size[axis], factors[axis], antialias)
    return result


def crop_to_multiple(image: NDArray[Scalar], multiple: int) -> NDArray[Scalar]:
    """Cut a picture ``(H, W, ...)`` at the bottom and right so that both sides divide by `multiple`."""
    height, width = image.shape[:2]
    return image[: height - height % multiple, : width - width % multiple]


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic with a = -0.5."""
    x = np.abs(x)
    inner = (1.5 * x - 2.5) * x * x + 1.0
    outer = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x <= 1.0, inner, np.where(x <= 2.0, outer, 0.0))


def _taps(length: int, output: int, factor: float, antialias: bool) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Source indices and weights, both ``(output, taps)``, along one axis."""
    shrink = factor < 1.0 and antialias
    kernel_width = 4.0 / factor if shrink else 4.0
    centre = (np.arange(output, dtype=np.float64) + 1.0) / factor + 0.5 * (1.0 - 1.0 / factor)
    first = np.floor(centre - kernel_width / 2.0)
    count = math.ceil(kernel_width) + 2
    index = first[:, None] + np.arange(count)
    distance = centre[:, None] - index
    weights = factor * _cubic(factor * distance) if shrink else _cubic(distance)
    weights /= weights.sum(axis=1, keepdims=True)
    # Symmetric border: ... 2 1 | 1 2 3 ... n | n n-1 ...
    period = np.mod(index.astype(np.intp) - 1, 2 * length)
    source = np.where(period < length, period, 2 * length - 1 - period)
    used = np.any(weights != 0.0, axis=0)
    return source[:, used], weights[:, used]


def _resize_axis(image: NDArray[Scalar], axis: int, output: int, factor: float, antialias: bool) -> NDArray[Scalar]:
    """One pass along `axis`, in strips so that the float64 intermediate stays small."""
    source, weights = _taps(image.shape[axis], output, factor, antialias)
    shape = list(image.shape)
    shape[axis] = output
    result = np.empty(shape, image.dtype)
    bytes_per_line = max(1, 8 * image.size // image.shape[axis])
    lines = max(1, _STRIP_BYTES // bytes_per_line)
    for start in range(0, output, lines):
        strip = slice(start, min(start + lines, output))
        target = (slice(None),) * axis + (strip,)
        result[target] = _round_like(_strip(image, axis, source[strip], weights[strip]), image.dtype)
    return result


def _strip(
    image: NDArray[np.generic], axis: int, source: NDArray[np.intp], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    spread = [1] * image.ndim
    spread[axis] = len(source)
    total = np.zeros([len(source) if a == axis else n for a, n in enumerate(image.shape)], np.float64)
    for tap in range(source.shape[1]):
        total += weights[:, tap].reshape(spread) * np.take(image, source[:, tap], axis=axis)
    return total


def _round_like(values: NDArray[np.float64], dtype: np.dtype[Scalar]) -> NDArray[Scalar]:
    if dtype.kind in "iu":
        limits = np.iinfo(dtype.str)
        np.add(values, 0.5, out=values)
        np.floor(values, out=values)
        np.clip(values, limits.min, limits.max, out=values)
    return values.astype(dtype)
