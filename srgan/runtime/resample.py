"""The MATLAB-exact bicubic for pictures that do not fit into memory as a whole."""

from srgan.images.resize import imresize
from srgan.runtime.pixels import Empty, Pixels

__all__ = ["resize"]

_CHUNK_BYTES = 16 * 1024 * 1024


def resize(image: Pixels, size: tuple[int, int], empty: Empty) -> Pixels:
    """What ``imresize(image, size=size)`` returns, computed in stripes.

    `imresize` makes two passes, one an axis, and leaves an axis alone whose length does not change. So each pass can
    be done stripe by stripe across the other axis, with the same result.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``.
        size: output ``(height, width)``.
        empty: makes the arrays for the result and for what lies between the passes.
    """
    factors = (size[0] / image.shape[0], size[1] / image.shape[1])
    result = image
    for axis in (0, 1) if factors[0] <= factors[1] else (1, 0):
        if result.shape[axis] != size[axis]:
            result = _pass(result, axis, size[axis], empty)
    return result


def _pass(image: Pixels, axis: int, length: int, empty: Empty) -> Pixels:
    shape = list(image.shape)
    shape[axis] = length
    result = empty(tuple(shape), image.dtype)
    across = image.shape[1 - axis]
    stripe = max(1, _CHUNK_BYTES * across // max(1, image.nbytes, result.nbytes))
    for start in range(0, across, stripe):
        part: tuple[slice, ...] = (slice(start, min(start + stripe, across)),)
        if axis == 0:
            part = (slice(None), *part)
        piece = image[part]
        target = (length, piece.shape[1]) if axis == 0 else (piece.shape[0], length)
        result[part] = imresize(piece, size=target)
    return result
