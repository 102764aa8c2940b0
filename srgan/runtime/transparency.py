"""Colour under transparent pixels, and keeping what is fully clear or fully opaque exactly so."""

import numpy as np

from srgan.runtime.pixels import Pixels, full_scale

__all__ = ["bleed", "restore_extremes"]


def bleed(rgb: Pixels, alpha: Pixels) -> Pixels:
    """Give fully transparent pixels the colour of the visible ones around them.

    What lies under transparent pixels is often black or white; a network (or any filter) would mix it into the visible
    edge as a fringe. Visible pixels keep their colour. (Pull-push: averages over ever larger blocks fill the holes.)

    Args:
        rgb: ``(H, W, C)``.
        alpha: ``(H, W)``, 0 where transparent.

    Returns:
        A new picture, or `rgb` itself when there is nothing to fill.
    """
    clear = alpha == 0
    if not clear.any() or clear.all():
        return rgb
    weight = alpha.astype(np.float32) / full_scale(alpha.dtype)
    coarse = _fill(*_halve(rgb.astype(np.float32) * weight[..., None], weight))
    result = rgb.copy()
    rows, columns = np.nonzero(clear)
    colours = coarse[np.minimum(rows // 2, coarse.shape[0] - 1), np.minimum(columns // 2, coarse.shape[1] - 1)]
    result[rows, columns] = colours if rgb.dtype.kind == "f" else np.rint(colours)
    return result


def _fill(total: Pixels, weight: Pixels) -> Pixels:
    """Colours ``(h, w, C)`` of weighted sums, holes filled from the next coarser level."""
    known = weight > 0
    colours: Pixels = total / np.where(known, weight, np.float32(1))[..., None]
    if known.all():
        return colours
    coarse = _fill(*_halve(total, weight))
    finer = coarse.repeat(2, axis=0).repeat(2, axis=1)[: weight.shape[0], : weight.shape[1]]
    return np.where(known[..., None], colours, finer)


def _halve(total: Pixels, weight: Pixels) -> tuple[Pixels, Pixels]:
    """Sum blocks of 2 x 2 (an odd last row or column stands alone)."""
    height, width = weight.shape
    pad = ((0, height % 2), (0, width % 2))
    total, weight = np.pad(total, (*pad, (0, 0))), np.pad(weight, pad)
    rows = slice(0, None, 2), slice(1, None, 2)
    total = sum(total[y, x] for y in rows for x in rows)  # type: ignore[assignment]
    weight = sum(weight[y, x] for y in rows for x in rows)  # type: ignore[assignment]
    return total, weight


def restore_extremes(result: Pixels, alpha: Pixels) -> None:
    """Make upscaled alpha exactly 0 or opaque wherever its surroundings were, in place.

    Args:
        result: ``(H', W')`` upscaled from `alpha`; any size.
        alpha: ``(H, W)`` before.
    """
    rows = np.arange(result.shape[0]) * alpha.shape[0] // result.shape[0]
    columns = np.arange(result.shape[1]) * alpha.shape[1] // result.shape[1]
    for value in (0, full_scale(alpha.dtype)):
        same = alpha == value
        if not same.any():
            continue
        same = _eroded(same)
        for start in range(0, len(rows), 256):
            strip = slice(start, start + 256)
            result[strip][same[rows[strip]][:, columns]] = value


def _eroded(mask: Pixels) -> Pixels:
    """True where the pixel and its eight neighbours (those inside the picture) are."""
    for axis in (0, 1):
        edge = [(0, 0), (0, 0)]
        edge[axis] = (1, 1)
        wide = np.pad(mask, edge, constant_values=True)
        length = mask.shape[axis]
        parts = [wide.take(range(shift, shift + length), axis=axis) for shift in range(3)]
        mask = parts[0] & parts[1] & parts[2]
    return mask
