"""The most similar drawings of a gallery, whatever plain colour stands behind them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from srgan.data import laid_on

__all__ = ["NearestDrawings", "nearest_drawings", "psnr_each"]

_QUERIES, _DRAWINGS = 512, 256

Pixels = NDArray[np.uint8]


class NearestDrawings(NamedTuple):
    """For each picture its nearest drawing.

    Attributes:
        places: which one.
        pictures: it on its plain colour, ``(N, H, W, 3)``.
        psnr: of this, in dB.
        gain: PSNR above that of the best plain colour without a drawing: how much of the picture is in the drawing. A
            dull picture is near to every drawing of something small, by PSNR, but gains nothing by it.
    """

    places: NDArray[np.int64]
    pictures: Pixels
    psnr: NDArray[np.float64]
    gain: NDArray[np.float64]


def nearest_drawings(pictures: Pixels, drawings: Pixels, colours: Pixels | None = None) -> NearestDrawings:
    """Find the transparent drawing that is nearest to each picture once it lies on a plain colour.

    A network that knows its training pictures by heart but paints other backgrounds is found out by this, and not by a
    comparison with the training pictures on theirs.

    Args:
        pictures: ``(N, H, W, 3)``.
        drawings: ``(M, H, W, 4)`` with straight alpha, at least one.
        colours: ``(N, 3)``, the colour behind all drawings that a picture is compared with; None takes for each pair
            the one with the least squared error.

    Returns:
        Found without rounding of what shines through, measured in 8 bits.

    Raises:
        ValueError: the sizes differ, or there are no drawings.
    """
    if pictures.shape[1:3] != drawings.shape[1:3] or not len(drawings):
        raise ValueError(f"pictures {pictures.shape} have no neighbours among drawings {drawings.shape}")
    places, behind = np.zeros(len(pictures), np.int64), np.zeros((len(pictures), 3))
    for start in range(0, len(pictures), _QUERIES):
        some = slice(start, start + _QUERIES)
        places[some], behind[some] = _search(pictures[some], drawings, None if colours is None else colours[some])
    found = laid_on(drawings[places], np.rint(behind).astype(np.uint8))
    psnr, dull = psnr_each(found, pictures), psnr_each(pictures.mean(axis=(1, 2), keepdims=True), pictures)
    gain = np.subtract(psnr, dull, out=np.zeros_like(psnr), where=np.isfinite(dull))
    return NearestDrawings(places, found, psnr, gain)


def psnr_each(pictures: NDArray[np.number], others: Pixels) -> NDArray[np.float64]:
    """PSNR in dB of each pair of RGB pictures from 0 to 255, ``(N,)``; infinite for equal ones."""
    errors = np.square(pictures.astype(np.float64) - others).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(255.0**2 / errors))


def _search(
    pictures: Pixels, drawings: Pixels, colours: Pixels | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest drawings and the colours behind them.

    A drawing of visible colours P (colour times alpha) and transparency T on the colour c has from a picture Q the
    squared error |Q - P|^2 - 2 c <Q - P, T> + c^2 |T|^2 in each channel, a parabola over c.
    """
    asked = pictures.reshape(len(pictures), -1, 3).astype(np.float64)
    flat = asked.reshape(len(asked), -1)
    places, errors = np.zeros(len(asked), np.int64), np.full(len(asked), np.inf)
    behind = np.zeros((len(asked), 3))
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
        best = sums.argmin(axis=1)
        rows = np.arange(len(asked))
        better = sums[rows, best] < errors
        places[better], errors[better] = start + best[better], sums[rows, best][better]
        behind[better] = shown[rows, best][better]
    return places, behind
