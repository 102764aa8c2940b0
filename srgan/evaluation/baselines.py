"""What a translation has to beat: results that need no network."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from srgan.evaluation.backgrounds import on_background
from srgan.evaluation.cielab import cielab, from_cielab
from srgan.images import imresize
from srgan.metrics import nearest_neighbours

__all__ = ["ColourStatistics", "NearestNeighbour", "grey_copy", "identity"]

Pixels = NDArray[np.uint8]

_SIDE = 32
_FLAT = 1e-6


def identity(source: Pixels) -> Pixels:
    """The source itself."""
    return source


def grey_copy(source: Pixels) -> Pixels:
    """The luma of the source (BT.601, 0 to 255) in all channels.

    Args:
        source: ``(H, W, 4)`` with straight alpha, which stays.
    """
    grey = (source[..., :3] @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)
    return np.dstack([grey, grey, grey, source[..., 3]])


class ColourStatistics:
    """Colours moved so that their mean and deviation in each channel of CIELAB become those of the targets.

    After Reinhard et al. (2001, "Color transfer between images", equations 10 and 11), with one map from the whole
    set of training sources to that of the training targets: a map for every picture would stretch the few colours of
    a plain one to a whole set's. Pixels count by their alpha, so that what is transparent has no part in it; alpha
    stays as it is.

    Args:
        sources: training pictures, each ``(H, W, 4)`` with straight alpha; they need not belong to the targets.
        targets: likewise.

    Raises:
        ValueError: one side has no visible pixel.
    """

    def __init__(self, sources: Sequence[Pixels], targets: Sequence[Pixels]) -> None:
        self._mean, deviation = _moments(sources)
        self._shift, wanted = _moments(targets)
        self._factor = wanted / np.maximum(deviation, _FLAT)

    def __call__(self, source: Pixels) -> Pixels:
        """Move the colours of a picture ``(H, W, 4)``."""
        moved = (cielab(source[..., :3]) - self._mean) * self._factor + self._shift
        return np.dstack([from_cielab(moved), source[..., 3]])


class NearestNeighbour:
    """The target of the training pair whose source looks most like the source.

    Sources are compared by their mean squared difference on the background at 32x32 pixels (antialiased bicubic).

    Args:
        sources: training pictures, each ``(H, W, 4)`` with straight alpha, at least one.
        targets: of the same pairs.
        background: ``"#rrggbb"``.
    """

    def __init__(self, sources: Sequence[Pixels], targets: Sequence[Pixels], background: str) -> None:
        self._targets, self._background = targets, background
        self._gallery = np.stack([self._reduced(source) for source in sources])

    def __call__(self, source: Pixels) -> Pixels:
        """The target ``(H, W, 3)`` on the background, resized to the size of the source where it has another."""
        place = nearest_neighbours(self._reduced(source)[None], self._gallery).places[0]
        found = on_background(self._targets[place], self._background)
        return found if found.shape[:2] == source.shape[:2] else imresize(found, size=source.shape[:2])

    def _reduced(self, source: Pixels) -> Pixels:
        return imresize(on_background(source, self._background), size=(_SIDE, _SIDE))


def _moments(pictures: Sequence[Pixels]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each channel of CIELAB over the pixels of all pictures, weighted by alpha."""
    weight, sums, squares = 0.0, np.zeros(3), np.zeros(3)
    for picture in pictures:
        visible = picture[picture[..., 3] > 0]
        alpha = visible[:, 3] / 255.0
        lab = cielab(visible[:, :3])
        weight += alpha.sum()
        sums += alpha @ lab
        squares += alpha @ lab**2
    if weight == 0.0:
        raise ValueError("no picture has a visible pixel")
    mean = sums / weight
    return mean, np.sqrt(np.maximum(squares / weight - mean**2, 0.0))
