"""What a picture shows, found without a network: the colour of its shape, and the shape."""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.compositions.shapes import COLOURS, GROUND, SHAPES, Combination, draw

__all__ = ["Seen", "between", "shape_colours", "whats_seen"]

Values = NDArray[np.float64]

_ORDERS = (3, 4, 5)
_EXAMPLES = 150
_NEIGHBOURS = 5


class Seen(NamedTuple):
    """What pictures show: places in the lists of colours and of shapes, ``(N,)`` each."""

    colours: NDArray[np.int64]
    shapes: NDArray[np.int64]


def whats_seen(pictures: NDArray[np.uint8]) -> Seen:
    """The colour nearest to that of the shape, and the shape by its symmetry.

    The shape is that of the nearest drawn examples, by how it repeats itself when it is turned by a third, a quarter
    and a fifth, and by how far it reaches for its area. None of these depends on place, size and angle.
    """
    known = np.array(list(COLOURS.values()), np.float64)
    distances = np.linalg.norm(shape_colours(pictures)[:, None] - known, axis=2)
    examples, kinds = _examples()
    scale = examples.std(axis=0)
    apart = np.linalg.norm((_descriptors(pictures)[:, None] - examples) / scale, axis=2)
    nearest = kinds[np.argsort(apart, axis=1, kind="stable")[:, :_NEIGHBOURS]]
    votes = (nearest[:, :, None] == np.arange(len(SHAPES))).sum(axis=1)
    return Seen(distances.argmin(axis=1), votes.argmax(axis=1))


def shape_colours(pictures: NDArray[np.uint8]) -> Values:
    """The mean colour of what is not ground in each picture, ``(N, 3)``, 0 to 255.

    Counted are the pixels that are more than half as far from the ground's colour as the furthest one is; a picture of
    nothing has the ground's colour.
    """
    far = _far(pictures)
    inside = far >= np.maximum(far.max(axis=(1, 2), keepdims=True) / 2, 1e-9)
    count = inside.sum(axis=(1, 2))
    sums = (pictures * inside[..., None]).sum(axis=(1, 2), dtype=np.float64)
    return np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], np.array(GROUND, np.float64))


def between(first: Values, middle: Values, second: Values) -> Values:
    """Where a colour lies on the way from one to another, ``(N,)``: 0 at the first, 1 at the second.

    Args:
        first: ``(N, 3)``.
        middle: ``(N, 3)``, projected onto the straight line through the two.
        second: ``(N, 3)``.
    """
    way = second - first
    length = np.maximum(np.square(way).sum(axis=1), 1e-9)
    return np.asarray(((middle - first) * way).sum(axis=1) / length)


@functools.cache
def _examples() -> tuple[Values, NDArray[np.int64]]:
    random = np.random.default_rng(0)
    kinds = np.repeat(np.arange(len(SHAPES)), _EXAMPLES)
    return _descriptors(np.stack([draw(Combination("black", SHAPES[kind]), random) for kind in kinds])), kinds


def _far(pictures: NDArray[np.uint8]) -> Values:
    """How far each pixel is from the ground's colour."""
    return np.asarray(np.linalg.norm(pictures.astype(np.float64) - np.array(GROUND), axis=3))


def _descriptors(pictures: NDArray[np.uint8]) -> Values:
    """``(N, 4)``: lengths of three complex moments, and the second moment over the squared area."""
    cover = _far(pictures)
    cover = np.clip(cover / np.maximum(cover.max(axis=(1, 2), keepdims=True), 1e-9), 0, 1)
    # Faint traces far away would count most.
    cover = np.clip(2 * cover - 0.5, 0, 1)
    area = np.maximum(cover.sum(axis=(1, 2)), 1e-9)
    rows, columns = np.mgrid[: pictures.shape[1], : pictures.shape[2]]
    places = columns + 1j * rows
    centre = (cover * places).sum(axis=(1, 2)) / area
    offset = places - centre[:, None, None]
    moments = [np.abs((cover * offset**order).sum(axis=(1, 2))) / area ** (order / 2 + 1) for order in _ORDERS]
    moments.append((cover * np.abs(offset) ** 2).sum(axis=(1, 2)) / area**2)
    return np.stack(moments, axis=1)
