"""Giving a result the low frequencies of its input: a model must not change the colours of whole areas."""

import numpy as np
from numpy.typing import NDArray

from srgan.files import release
from srgan.runtime.pixels import Empty, Pixels
from srgan.runtime.strips import rounded, strips

__all__ = ["BLOCK", "fix_colour"]

BLOCK = 8
"""Side in input pixels of the squares whose means are compared: what is finer is the model's."""


def fix_colour(result: Pixels, image: Pixels, empty: Empty) -> Pixels:
    """Subtract from a result what its means over small squares differ from those of the input, smoothly in between.

    The differences live on a grid of squares of `BLOCK` input pixels, so memory stays small; the grid is blurred by
    (1, 2, 1) / 4 and interpolated linearly between the middles of the squares.

    Args:
        result: ``(H', W')`` or ``(H', W', C)``, enlarged from `image` by any factors.
        image: ``(H, W)`` or ``(H, W, C)`` of the same type.
        empty: makes the array of the result.

    Returns:
        A new picture of the shape and type of `result`, rounded and clipped.
    """
    edges = [np.arange(0, side, BLOCK) for side in image.shape[:2]]
    if min(result.shape[:2]) < 2 or any(new < old for new, old in zip(result.shape, image.shape, strict=True)):
        # Made smaller, the squares could vanish: nothing was invented there.
        return result
    outer = [np.rint(edge * (result.shape[axis] / image.shape[axis])).astype(int) for axis, edge in enumerate(edges)]
    error = _means(result, outer) - _means(image, edges)
    for axis in (0, 1):
        error = _blurred(error, axis)
    middles = [(edge + np.append(edge[1:], result.shape[axis])) / 2 - 0.5 for axis, edge in enumerate(outer)]
    corrected = empty(result.shape, result.dtype)
    columns = _between(middles[1], np.arange(result.shape[1]))
    for rows in strips(result):
        part = result[rows]
        lines = _between(middles[0], np.arange(rows.start, rows.start + len(part)))
        field = _interpolated(_interpolated(error, 0, lines), 1, columns)
        corrected[rows] = rounded(part - field, result.dtype)
        release(result)
        release(corrected)
    return corrected


def _means(image: Pixels, edges: list[NDArray[np.int_]]) -> Pixels:
    """Means over the squares that begin at the edges, float32 ``(rows, columns[, C])``."""
    counts = [np.diff(edge, append=image.shape[axis]) for axis, edge in enumerate(edges)]
    means = np.empty((len(edges[0]), len(edges[1]), *image.shape[2:]), np.float32)
    for row, (start, count) in enumerate(zip(edges[0], counts[0], strict=True)):
        lines = image[start : start + count].sum(axis=0, dtype=np.float64)
        sums = np.add.reduceat(lines, edges[1], axis=0)
        means[row] = sums / (count * counts[1].reshape(-1, *[1] * (image.ndim - 2)))
        release(image)
    return means


def _blurred(field: Pixels, axis: int) -> Pixels:
    wide = np.pad(field, [(1, 1) if other == axis else (0, 0) for other in range(field.ndim)], mode="edge")
    length = field.shape[axis]
    before, here, after = (wide.take(range(shift, shift + length), axis=axis) for shift in range(3))
    blurred: Pixels = (before + 2 * here + after) / 4
    return blurred


def _between(middles: NDArray[np.float64], places: NDArray[np.int_]) -> tuple[NDArray[np.int_], Pixels]:
    """For each place the middle before it, and how far it is on the way to the next; outside, the nearest one."""
    way = np.interp(places, middles, np.arange(len(middles)))
    first = np.minimum(way.astype(int), max(0, len(middles) - 2))
    return first, (way - first).astype(np.float32)


def _interpolated(field: Pixels, axis: int, between: tuple[NDArray[np.int_], Pixels]) -> Pixels:
    first, way = between
    second = np.minimum(first + 1, field.shape[axis] - 1)
    way = way.reshape([-1 if other == axis else 1 for other in range(field.ndim)])
    result: Pixels = field.take(first, axis=axis) * (1 - way) + field.take(second, axis=axis) * way
    return result
