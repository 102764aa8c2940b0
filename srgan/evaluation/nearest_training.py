"""How near pictures are to those that a model was trained with: whether it knows them by heart."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from srgan.metrics import LpipsMetric, similar_drawings

__all__ = ["NearestTraining"]

_CANDIDATES = 8
_CHUNK = 64

Pixels = NDArray[np.uint8]


class NearestTraining:
    """LPIPS of pictures and the nearest of the training pictures, whatever plain colour stands behind these.

    LPIPS of all pairs would take hours. The candidates of each picture are the 8 training pictures with the least
    squared error, each on the colour that makes this error least; the nearest of these by LPIPS counts.

    Args:
        drawings: training pictures ``(M, size, size, 4)`` with straight alpha, at least two.
        lpips: the distance.
    """

    def __init__(self, drawings: Pixels, lpips: LpipsMetric) -> None:
        self._drawings, self._lpips = drawings, lpips
        self._count = min(_CANDIDATES, len(drawings))

    @property
    def protocol(self) -> str:
        """What the numbers are, in words."""
        return (
            f"{self._lpips.protocol} between each picture and the nearest of {len(self._drawings)} training pictures, "
            f"looked for among the {self._count} with the least squared error, each on the plain colour that makes "
            "this error least; a real picture that is a training picture itself is compared with the others"
        )

    def __call__(
        self, pictures: Pixels, *, own: NDArray[np.integer] | None = None, progress: Callable[[int, int], None]
    ) -> NDArray[np.float64]:
        """The distances ``(N,)``.

        Args:
            pictures: ``(N, size, size, 3)``.
            own: ``(N,)``, a training picture that is not compared with each, for it is the same one; -1: none.
            progress: called with (done, all).
        """
        found = similar_drawings(pictures, self._drawings, count=self._count)
        nearest = np.empty(len(pictures))
        for start in range(0, len(pictures), _CHUNK):
            some = slice(start, start + _CHUNK)
            places = found.places[some]
            candidates = _laid(self._drawings[places], found.colours[some])
            asked = np.broadcast_to(pictures[some, None], candidates.shape)
            distances = self._lpips.each(_flat(asked), _flat(candidates)).reshape(places.shape)
            if own is not None:
                distances[places == own[some, None]] = np.inf
            nearest[some] = distances.min(axis=1)
            progress(min(start + _CHUNK, len(pictures)), len(pictures))
        return nearest


def _laid(drawings: Pixels, colours: NDArray[np.float64]) -> Pixels:
    """Drawings ``(N, K, H, W, 4)`` on colours ``(N, K, 3)``."""
    alpha = drawings[..., 3:] / 255.0
    behind = np.rint(colours)[:, :, None, None]
    return np.rint(drawings[..., :3] * alpha + behind * (1.0 - alpha)).astype(np.uint8)


def _flat(pictures: Pixels) -> Pixels:
    return pictures.reshape(-1, *pictures.shape[2:])
