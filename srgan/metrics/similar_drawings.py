"""The most similar drawings of a gallery, whatever plain colour stands behind them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["SimilarDrawings", "similar_drawings"]

_QUERIES, _DRAWINGS = 512, 256

Pixels = NDArray[np.uint8]


class SimilarDrawings(NamedTuple):
    """For each picture the drawings that are most like it, the nearest first.

    Attributes:
        places: which ones, ``(N, count)``.
        colours: the plain colour behind each, 0 to 255 and not rounded, ``(N, count, 3)``.
    """

    places: NDArray[np.int64]
    colours: NDArray[np.float64]


def similar_drawings(
    pictures: Pixels, drawings: Pixels, *, colours: Pixels | None = None, count: int = 1
) -> SimilarDrawings:
    """Find the transparent drawings with the least squared error from each picture, once they lie on a plain colour.

    A network that knows its training pictures by heart but paints other backgrounds is found out by this, and not by a
    comparison with the training pictures on theirs. Of equal drawings the first comes first.

    Args:
        pictures: ``(N, H, W, 3)``.
        drawings: ``(M, H, W, 4)`` with straight alpha, at least `count`.
        colours: ``(N, 3)``, the colour behind all drawings that a picture is compared with; None takes for each pair
            the one with the least squared error.
        count: drawings for each picture.

    Raises:
        ValueError: the sizes differ, or there are too few drawings.
    """
    if pictures.shape[1:3] != drawings.shape[1:3] or not 0 < count <= len(drawings):
        raise ValueError(
            f"pictures {pictures.shape} have no neighbours among drawings {drawings.shape}, {count} wanted"
        )
    places, behind = np.zeros((len(pictures), count), np.int64), np.zeros((len(pictures), count, 3))
    for start in range(0, len(pictures), _QUERIES):
        some = slice(start, start + _QUERIES)
        shown = None if colours is None else colours[some]
        places[some], behind[some] = _search(pictures[some], drawings, shown, count)
    return SimilarDrawings(places, behind)


def _search(
    pictures: Pixels, drawings: Pixels, colours: Pixels | None, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest drawings and the colours behind them.

    A drawing of visible colours P (colour times alpha) and transparency T on the colour c has from a picture Q the
    squared error |Q - P|^2 - 2 c <Q - P, T> + c^2 |T|^2 in each channel, a parabola over c.
    """
    asked = pictures.reshape(len(pictures), -1, 3).astype(np.float64)
    flat = asked.reshape(len(asked), -1)
    places, errors = np.zeros((len(asked), 0), np.int64), np.zeros((len(asked), 0))
    behind = np.zeros((len(asked), 0, 3))
    for start in range(0, len(drawings), _DRAWINGS):
        part = drawings[start : start + _DRAWINGS].reshape(-1, asked.shape[1], 4).astype(np.float64)
        clear = 1.0 - part[..., 3] / 255.0
        visible = part[..., :3] * (part[..., 3:] / 255.0)
        squares = (clear**2).sum(axis=1)
        slopes = np.stack([asked[..., k] @ clear.T - (visible[..., k] * clear).sum(axis=1) for k in range(3)], axis=2)
        sums = (visible**2).sum(axis=(1, 2)) - 2.0 * flat @ visible.reshape(len(part), -1).T
        if colours is None:
            shown = np.divide(slopes, squares[:, None], out=np.zeros_like(slopes), where=squares[:, None] > 0)
            shown = shown.clip(0.0, 255.0)
        else:
            shown = np.broadcast_to(colours[:, None].astype(np.float64), slopes.shape)
        sums += (shown * (shown * squares[:, None] - 2.0 * slopes)).sum(axis=2)
        numbers = np.broadcast_to(np.arange(start, start + len(part)), sums.shape)
        errors = np.concatenate([errors, sums], axis=1)
        best = errors.argsort(axis=1, kind="stable")[:, :count]
        errors = np.take_along_axis(errors, best, axis=1)
        places = np.take_along_axis(np.concatenate([places, numbers], axis=1), best, axis=1)
        behind = np.take_along_axis(np.concatenate([behind, shown], axis=1), best[..., None], axis=1)
    return places, behind
