"""Inputs for trying a graph: of the shapes that break things, and like what people give."""

import math

import numpy as np
import onnx
from numpy.typing import NDArray

from srgan.exporting.execution import Feed
from srgan.images import imresize
from srgan.runtime import ModelMetadata, draw_noise

__all__ = ["SHAPES", "example_feeds", "example_picture", "least_side"]

SHAPES: tuple[tuple[int, int, int], ...] = (
    (1, 1, 1),
    (1, 7, 5),
    (1, 37, 53),
    (1, 64, 64),
    (1, 128, 96),
    (3, 64, 64),
    (3, 29, 17),
)
"""Batch, height, width: tiny, odd, usual, not square, several at once."""

_COUNTS = (1, 3)
_TEXTS = ("a small red circle", "two people and a tree under a yellow sun", "cat")


def least_side(side: int, *, minimum: int, multiple_of: int) -> int:
    """What the runtime pads a side to."""
    return math.ceil(max(side, minimum) / multiple_of) * multiple_of


def example_feeds(model: onnx.ModelProto, metadata: ModelMetadata) -> dict[str, Feed]:
    """Inputs by the name of their shape (``"1x3x37x53"``), or of their number for models that make pictures of noise.

    Raises:
        UsageError: the model reads texts with a tokenizer that is not part of it.
    """
    names = [entry.name for entry in model.graph.input]
    if "input" not in names:
        return {f"{count}": _asked(count, metadata) for count in _COUNTS}
    feeds: dict[str, Feed] = {}
    for batch, *sides in SHAPES:
        height, width = (least_side(side, minimum=metadata.minimum, multiple_of=metadata.multiple_of) for side in sides)
        noise = {"noise": _noise(batch, metadata)} if metadata.latent else {}
        feeds[f"{batch}x3x{height}x{width}"] = {"input": example_picture(batch, height, width), **noise}
    return feeds


def example_picture(batch: int, height: int, width: int) -> NDArray[np.float32]:
    """Smooth shapes with noise on top, ``(batch, 3, height, width)`` in [0, 1]: nearer to a picture than noise."""
    random = np.random.default_rng(height * 1000 + width)
    coarse = random.random((-(-height // 8) + 1, -(-width // 8) + 1, 3 * batch))
    smooth = imresize(coarse, size=(height, width))
    noisy = np.clip(smooth + 0.05 * random.standard_normal(smooth.shape), 0.0, 1.0)
    return np.ascontiguousarray(noisy.reshape(height, width, batch, 3).transpose(2, 3, 0, 1).astype(np.float32))


def _asked(count: int, metadata: ModelMetadata) -> Feed:
    noise = _noise(count, metadata)
    if metadata.text is not None:
        return {"tokens": metadata.text.open_tokenizer()(_TEXTS[:count]), "noise": noise}
    if metadata.classes:
        return {"label": np.arange(count, dtype=np.int64) % len(metadata.classes), "noise": noise}
    return {"noise": noise}


def _noise(count: int, metadata: ModelMetadata) -> NDArray[np.float32]:
    drawn = [draw_noise(0, number, metadata.latent, prior=metadata.prior) for number in range(count)]
    return np.concatenate([one for one in drawn if one is not None])
