"""Inputs for trying a graph: of the shapes that break things, and like what people give."""

import math

import numpy as np
import onnx
from numpy.typing import NDArray

from srgan.exporting.execution import Feed
from srgan.images import imresize
from srgan.runtime import ModelMetadata, draw_noise
from srgan.runtime.padding import pad

__all__ = ["SHAPES", "drawn_feeds", "example_feeds", "example_input", "example_picture", "least_side", "shape_name"]

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
        return {f"{count}": _asked(range(count), metadata) for count in _COUNTS}
    rules = {"minimum": metadata.minimum, "multiple_of": metadata.multiple_of}
    feeds: dict[str, Feed] = {}
    for shape in SHAPES:
        noise = {"noise": _noise(range(shape[0]), metadata)} if metadata.latent else {}
        feeds[shape_name(shape)] = {"input": example_input(shape, **rules, mirror=metadata.sees_all), **noise}
    return feeds


def drawn_feeds(count: int, metadata: ModelMetadata) -> list[Feed]:
    """Inputs of `count` single pictures, for a model that makes pictures of noise: no two have the same noise.

    Raises:
        UsageError: the model reads texts with a tokenizer that is not part of it.
    """
    return [_asked(range(place, place + 1), metadata) for place in range(count)]


def shape_name(shape: tuple[int, int, int]) -> str:
    """``"1x3x37x53"``: a batch of pictures before they are padded to what a network takes."""
    batch, height, width = shape
    return f"{batch}x3x{height}x{width}"


def example_input(
    shape: tuple[int, int, int], *, minimum: int, multiple_of: int, mirror: bool = False
) -> NDArray[np.float32]:
    """A batch of example pictures, padded as the runtime pads them to what a network takes.

    Args:
        shape: batch, height, width.
        minimum: least side of the network.
        multiple_of: its sides are multiples of this.
        mirror: see `srgan.runtime.padding.pad`.
    """
    batch, height, width = shape
    sides = tuple(least_side(side, minimum=minimum, multiple_of=multiple_of) for side in (height, width))
    pictures = example_picture(batch, height, width).transpose(0, 2, 3, 1)
    padded = np.stack([pad(picture, (sides[0], sides[1]), mirror=mirror) for picture in pictures])
    return np.ascontiguousarray(padded.transpose(0, 3, 1, 2))


def example_picture(batch: int, height: int, width: int) -> NDArray[np.float32]:
    """Smooth shapes with noise on top, ``(batch, 3, height, width)`` in [0, 1]: nearer to a picture than noise."""
    random = np.random.default_rng(height * 1000 + width)
    coarse = random.random((-(-height // 8) + 1, -(-width // 8) + 1, 3 * batch))
    smooth = imresize(coarse, size=(height, width))
    noisy = np.clip(smooth + 0.05 * random.standard_normal(smooth.shape), 0.0, 1.0)
    return np.ascontiguousarray(noisy.reshape(height, width, batch, 3).transpose(2, 3, 0, 1).astype(np.float32))


def _asked(places: range, metadata: ModelMetadata) -> Feed:
    noise = _noise(places, metadata)
    if metadata.text is not None:
        texts = [_TEXTS[place % len(_TEXTS)] for place in places]
        return {"tokens": metadata.text.open_tokenizer()(texts), "noise": noise}
    if metadata.classes:
        return {"label": np.array(places, np.int64) % len(metadata.classes), "noise": noise}
    return {"noise": noise}


def _noise(places: range, metadata: ModelMetadata) -> NDArray[np.float32]:
    drawn = [draw_noise(0, place, metadata.latent, prior=metadata.prior) for place in places]
    return np.concatenate([one for one in drawn if one is not None])
