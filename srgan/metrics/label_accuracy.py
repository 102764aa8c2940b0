"""How well pictures of labels, one colour each, agree."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelAccuracy"]


class LabelAccuracy:
    """Agreement of label maps over a set of pictures, which are added one by one.

    A pixel's label is the nearest colour of the palette (Euclidean in sRGB; the first of equally near ones), in the
    generated picture as in the true one: a true map that was resized or compressed has no pure colours either.

    Args:
        palette: colours of the labels, ``"#rrggbb"``, at least 2 different ones.

    Raises:
        ValueError: a colour is not of this form, there are less than 2, or two are the same.
    """

    def __init__(self, palette: Sequence[str]) -> None:
        if wrong := [colour for colour in palette if not re.fullmatch("#[0-9a-fA-F]{6}", colour)]:
            raise ValueError(f"{wrong[0]!r} is no colour; write #rrggbb")
        if len({colour.lower() for colour in palette}) < max(2, len(palette)):
            raise ValueError(f"labels need 2 different colours or more, not {list(palette)}")
        self._colours = np.array([list(bytes.fromhex(colour[1:])) for colour in palette], np.float32)
        self._counts = np.zeros((len(palette), len(palette)), np.int64)

    def labels(self, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The place in the palette of each pixel of a picture ``(H, W, 3)``, as ``(H, W)``."""
        # Whole numbers below 2^24: the expansion of the square is exact, and ties are ties.
        distances = (self._colours**2).sum(axis=1) - 2.0 * (picture.astype(np.float32) @ self._colours.T)
        return np.asarray(distances.argmin(axis=-1), np.int64)

    def add(self, fake: NDArray[np.uint8], real: NDArray[np.uint8]) -> None:
        """Compare one more pair.

        Args:
            fake: ``(H, W, 3)`` RGB.
            real: the same shape.

        Raises:
            ValueError: the shapes differ.
        """
        if fake.shape != real.shape:
            raise ValueError(f"shapes differ: {fake.shape} and {real.shape}")
        count = len(self._counts)
        places = (self.labels(real) * count + self.labels(fake)).ravel()
        self._counts += np.bincount(places, minlength=count**2).reshape(count, count)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Pixels by their true label (rows) and the generated one (columns), of all pictures together."""
        return self._counts.copy()

    @property
    def accuracy(self) -> float:
        """Share of the pixels whose labels are the same, 0 to 1.

        Raises:
            ValueError: there is no pair yet.
        """
        return float(np.trace(self._counts) / self._pixels())

    @property
    def mean_iou(self) -> float:
        """Mean over the labels of intersection over union, 0 to 1, each over all pictures together.

        Labels that occur neither in the true nor in the generated pictures do not count.

        Raises:
            ValueError: there is no pair yet.
        """
        self._pixels()
        same = np.diag(self._counts)
        union = self._counts.sum(axis=0) + self._counts.sum(axis=1) - same
        return float(np.mean(same[union > 0] / union[union > 0]))

    def _pixels(self) -> int:
        if not self._counts.any():
            raise ValueError("there are no label maps to compare")
        return int(self._counts.sum())
