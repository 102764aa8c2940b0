"""How sharp pictures are as a whole set: the distribution of their gradients against that of real ones."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from srgan.metrics.luma import luma

__all__ = ["GradientHistogram", "gradient_distance"]

# Bins are parts of an octave, for halving a contrast is as plain to see at weak edges as at strong ones. What is below
# one grey level is flat: rounding to 8 bits and JPEG put any gradient there.
_FLAT = 1.0
_LARGEST = 219.0 * 2.0**0.5
_BINS = 32


class GradientHistogram:
    """Shares of the pixels of a set of pictures by the strength of their gradients; pictures are added one by one.

    The gradient of a pixel is the length of the forward differences of luma (BT.601, 16 to 235, as in `luma`) to the
    right and downwards, without the last row and column. Bins: one for lengths below 1 grey level, and 32 of the same
    ratio from there to ``219 * sqrt(2)``, the largest possible (a quarter of an octave each).
    """

    def __init__(self) -> None:
        self._edges = np.geomspace(_FLAT, _LARGEST, _BINS + 1)[:-1]
        self._counts = np.zeros(_BINS + 1, np.int64)

    def add(self, picture: NDArray[np.generic]) -> None:
        """Count the pixels of one more picture; pixels count alike, so that larger pictures count more.

        Args:
            picture: ``(H, W, 3)`` RGB or ``(H, W)`` grey with values of 0 to 255, at least 2x2.

        Raises:
            ValueError: it is smaller.
        """
        if min(picture.shape[:2]) < 2:
            raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} has no gradients")
        values = luma(picture)
        across, down = np.diff(values, axis=1)[:-1], np.diff(values, axis=0)[:, :-1]
        places = np.searchsorted(self._edges, np.hypot(across, down).ravel(), side="right")
        self._counts += np.bincount(places, minlength=len(self._counts))

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each bin, ``(33,)``, from flat to steep.

        Raises:
            ValueError: there is no picture yet.
        """
        if not self._counts.any():
            raise ValueError("there is no picture to take gradients of")
        return np.asarray(self._counts / self._counts.sum())

    def distance(self, other: "GradientHistogram") -> float:
        """One minus the intersection of both histograms: 0 for the same distribution, 1 where no bin is shared.

        Raises:
            ValueError: one of them has no picture yet.
        """
        return 1.0 - float(np.minimum(self.shares, other.shares).sum())


def gradient_distance(fake: Iterable[NDArray[np.generic]], real: Iterable[NDArray[np.generic]]) -> float:
    """How differently sharp generated and real pictures are, 0 to 1; less is better.

    One minus the intersection of the histograms of their gradients (see `GradientHistogram`). Smooth pictures, the
    mean of many possible ones, lack strong gradients; noise and artefacts add them. Isola et al. (2017, figure 7)
    measure colours in this way. It compares sets: which picture stands beside which is the same to it.

    Args:
        fake: generated pictures, ``(H, W, 3)`` RGB or ``(H, W)`` grey with values of 0 to 255.
        real: real ones; their number and sizes may differ.

    Raises:
        ValueError: there is none of one kind, or one is smaller than 2x2.
    """
    histograms = GradientHistogram(), GradientHistogram()
    for histogram, pictures in zip(histograms, (fake, real), strict=True):
        for picture in pictures:
            histogram.add(picture)
    return histograms[0].distance(histograms[1])
