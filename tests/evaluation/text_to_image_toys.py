"""A world of plain colours in which what a judge must say is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from srgan.evaluation import CaptionedPictures
from srgan.metrics import LpipsMetric

__all__ = ["SIZE", "AnyDistance", "ColourJudge", "coloured", "world"]

SIZE = 32

Pixels = NDArray[np.uint8]


def coloured(texts: Sequence[str], size: int = SIZE) -> Pixels:
    """The picture of each text ``"#rrggbb"``: this colour, with a black corner."""
    colours = np.array([[int(text[place : place + 2], 16) for place in (1, 3, 5)] for text in texts], np.uint8)
    pictures = np.repeat(np.repeat(colours[:, None, None], size, axis=1), size, axis=2)
    pictures[:, : size // 4, : size // 4] = 0
    return pictures


class ColourJudge:
    """Sees the mean colour of a picture, and reads a colour; both as directions on a sphere of four dimensions."""

    size = SIZE

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.pictures(coloured(texts, self.size))

    def pictures(self, pictures: Pixels) -> NDArray[np.float32]:
        assert pictures.shape[1:] == (self.size, self.size, 3)
        means = pictures.astype(np.float64).mean(axis=(1, 2)) / 127.5 - 1.0
        # A paraboloid instead of the colours themselves: the nearest colour then has the largest cosine.
        vectors = np.column_stack([2.0 * means, np.ones(len(means)) - (means**2).sum(axis=1)])
        return np.asarray(vectors / (1.0 + (means**2).sum(axis=1, keepdims=True)), np.float32)


class AnyDistance(LpipsMetric):
    """The mean absolute difference, in the place of LPIPS, which needs weights."""

    def __init__(self, backbone: str = "none") -> None:
        self.backbone = backbone
        self.protocol = "mean difference"
        self.pairs = 0

    def each(self, fakes: NDArray[np.generic], reals: NDArray[np.generic]) -> NDArray[np.float64]:
        self.pairs += len(fakes)
        return np.asarray(np.abs(fakes.astype(np.float64) - reals.astype(np.float64)).mean(axis=(1, 2, 3)) / 255.0)


def world(concepts: int = 60, *, size: int = SIZE) -> CaptionedPictures:
    """Two pictures of each of two captions of every concept; the second picture is a little darker."""
    random = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(20, 256, 39)] * 3), axis=-1).reshape(-1, 3)
    chosen = random.permutation(grid)[: 2 * concepts]
    texts = ["#" + "".join(f"{value:02x}" for value in colour) for colour in chosen]
    pictures = coloured(texts, size)
    darker = pictures - np.minimum(pictures, 4)
    numbers = np.repeat(np.arange(concepts), 2)
    return CaptionedPictures(
        np.concatenate([pictures, darker]), [*texts, *texts], np.tile(numbers, 2), np.tile(numbers % 3, 2)
    )
