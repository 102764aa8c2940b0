"""Real pictures and what is said about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["CaptionedPictures"]


@dataclass(frozen=True)
class CaptionedPictures:
    """Opaque pictures of one size, each with the one caption that it is judged by.

    Attributes:
        pictures: ``(N, size, size, 3)`` uint8.
        captions: of each; pictures may share one, and then are of the same concept.
        concepts: ``(N,)``, what each is about.
        groups: ``(N,)``, the wider kind of that; -1: none.
        made: what stands behind transparent pixels, in words for the protocol.
    """

    pictures: NDArray[np.uint8]
    captions: Sequence[str]
    concepts: NDArray[np.int64]
    groups: NDArray[np.int64]
    made: str = "pictures as they are"

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def size(self) -> int:
        """Side of the pictures."""
        return int(self.pictures.shape[1])

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The captions, each once, in the order of their first pictures."""
        return tuple(dict.fromkeys(self.captions))

    @cached_property
    def text_of(self) -> NDArray[np.int64]:
        """``(N,)``, the place of each picture's caption in `texts`."""
        places = {text: place for place, text in enumerate(self.texts)}
        return np.array([places[caption] for caption in self.captions], np.int64)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The first picture of each of `texts`."""
        return np.asarray(np.unique(self.text_of, return_index=True)[1], np.int64)
