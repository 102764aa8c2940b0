"""The most similar drawings of a gallery, whatever plain colour stands behind them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from srgan.data import laid_on
from srgan.metrics import similar_drawings

__all__ = ["NearestDrawings", "nearest_drawings", "psnr_each"]

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
    similar = similar_drawings(pictures, drawings, colours=colours)
    places, behind = similar.places[:, 0], similar.colours[:, 0]
    found = laid_on(drawings[places], np.rint(behind).astype(np.uint8))
    psnr, dull = psnr_each(found, pictures), psnr_each(pictures.mean(axis=(1, 2), keepdims=True), pictures)
    gain = np.subtract(psnr, dull, out=np.zeros_like(psnr), where=np.isfinite(dull))
    return NearestDrawings(places, found, psnr, gain)


def psnr_each(pictures: NDArray[np.number], others: Pixels) -> NDArray[np.float64]:
    """PSNR in dB of each pair of RGB pictures from 0 to 255, ``(N,)``; infinite for equal ones."""
    errors = np.square(pictures.astype(np.float64) - others).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(255.0**2 / errors))
