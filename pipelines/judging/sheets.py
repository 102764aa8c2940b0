"""Sheets for people to look at."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from pipelines.judging.generators import one_hot, pixels_of, tensor_of
from pipelines.judging.references import References
from pipelines.judging.scores import Judgement
from srgan.reports import contact_sheet

__all__ = ["sheets"]

_ROWS, _COLUMNS = 8, 16
_SHOWN = 12
_WALKS, _STEPS = 8, 8
_ALIKE = 5

Pixels = NDArray[np.uint8]


def sheets(judged: Judgement, references: References) -> Iterator[tuple[str, Pixels]]:
    """The sheets of a generator, by name.

    ``samples`` of random numbers, in 8 rows; ``neighbours``: the 24 samples that gain most by their nearest training
    drawing, each beside this. With an encoder ``reconstructions`` of held-out pictures, in three rows: the picture,
    what the generator makes of its code, the nearest training drawing on its colour; ``walks`` from a held-out picture
    (left) to another (right); ``retrieved``: held-out pictures, each before the 5 training pictures of the most similar
    codes.
    """
    made = judged.samples[: _ROWS * _COLUMNS]
    yield (
        "samples",
        contact_sheet([list(made[row : row + _COLUMNS]) for row in range(0, len(made), _COLUMNS)], columns=1),
    )
    found = judged.neighbours
    nearest = np.argsort(-found.gain, kind="stable")[: 2 * _SHOWN]
    yield "neighbours", contact_sheet([[judged.samples[i], found.pictures[i]] for i in nearest], columns=_SHOWN // 2)
    if judged.coding is not None:
        chosen = _spread(len(references.held_out), _SHOWN)
        rows = (references.held_out.laid, judged.coding.reconstructions, references.baselines.same.pictures)
        yield "reconstructions", contact_sheet([list(pictures[chosen]) for pictures in rows], columns=1)
        yield "walks", _walks(judged, references)
        yield "retrieved", _retrieved(judged, references)


def _walks(judged: Judgement, references: References) -> Pixels:
    held_out, codec = references.held_out, judged.subject.codec
    assert codec is not None
    first, second = np.split(_spread(len(held_out), 2 * _WALKS), 2)
    starts, ends = tensor_of(held_out.laid[first]), tensor_of(held_out.laid[second])
    condition = one_hot(held_out.labels[first], judged.subject.model.classes)
    walks = codec.interpolate(starts, ends, _STEPS, condition)
    return contact_sheet(
        [
            [held_out.laid[start], *pixels_of(walk), held_out.laid[end]]
            for start, end, walk in zip(first, second, walks, strict=True)
        ],
        columns=1,
    )


def _retrieved(judged: Judgement, references: References) -> Pixels:
    codec, gallery = judged.subject.codec, references.training.laid
    assert codec is not None
    queries = references.held_out.laid[_spread(len(references.held_out), _SHOWN)]
    found: torch.Tensor = codec.retrieve(tensor_of(queries), tensor_of(gallery), min(_ALIKE, len(gallery)))
    return contact_sheet([[query, *gallery[row]] for query, row in zip(queries, found.numpy(), strict=True)])


def _spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Places from the first to the last; some come twice where there are not enough."""
    return np.linspace(0, count - 1, wanted).round().astype(np.int64)
