"""R-precision of what was made of texts, between what real pictures reach and what knowing nothing of the text does."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation.captioned_pictures import CaptionedPictures
from srgan.evaluation.estimates import Estimate, resampled
from srgan.images import imresize
from srgan.metrics import draw_distractors, r_precision_each

__all__ = ["Judge", "TextPrecision", "TextScores", "shuffled_captions"]

Pixels = NDArray[np.uint8]


class Judge(Protocol):
    """A joint embedding of texts and pictures, which should be another one than the generator learned from."""

    @property
    def size(self) -> int:
        """Side of the pictures that it knows."""
        ...

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors ``(M, D)`` of texts."""
        ...

    def pictures(self, pictures: Pixels) -> NDArray[np.float32]:
        """The vectors ``(N, D)`` of pictures ``(N, size, size, 3)``."""
        ...


class TextScores(NamedTuple):
    """R-precision of a model.

    Attributes:
        r_precision: of its pictures under the captions that they were made of.
        ceiling: of real pictures.
        floor: of its pictures under captions of other concepts.
        normalised: 0 at the floor and 1 at the ceiling; not a number where the ceiling is no higher than the floor.
        each: R-precision of each caption.
    """

    r_precision: Estimate
    ceiling: Estimate
    floor: Estimate
    normalised: Estimate
    each: NDArray[np.float64]


class TextPrecision:
    """Whether a judge finds pictures by their captions (Xu et al. 2018, R = 1), wrong ones being of other concepts.

    All are means over the captions; a caption has the mean of its pictures.

    Args:
        real: pictures and captions.
        judge: what compares them; pictures are brought to its size (bicubic).
        judged_by: what it is, for the protocol.
        distractors: wrong captions of each.
        same_group: share of these that comes from the caption's group.
        seed: of wrong captions and of the floor.

    Raises:
        UsageError: there are too few captions of other concepts.
    """

    def __init__(
        self,
        real: CaptionedPictures,
        judge: Judge,
        *,
        judged_by: str = "a joint embedding",
        distractors: int = 99,
        same_group: float = 0.5,
        seed: int = 0,
    ) -> None:
        self._real, self._judge, self._judged_by, self._seed = real, judge, judged_by, seed
        self._count, self._same_group = distractors, same_group
        self._concepts = real.concepts[real.first]
        try:
            self._wrong = draw_distractors(
                self._concepts, real.groups[real.first], count=distractors, same_group=same_group, seed=seed
            )
            shuffled_captions(self._concepts, np.random.default_rng(seed))
        except ValueError as error:
            raise UsageError(f"the captions cannot be told apart in this way: {error}") from None
        self._read = judge.sentences(real.texts)
        own = real.text_of
        found = r_precision_each(self.vectors(real.pictures), self._read, own, self._wrong[own])
        self._ceiling = np.bincount(own, found) / np.bincount(own)

    @property
    def protocol(self) -> str:
        """What the numbers are, in words, but for the number of generated pictures."""
        real, judge = self._real, self._judge
        resized = "" if real.size == judge.size else f", which gets them at {judge.size}x{judge.size} (bicubic)"
        return (
            f"share of the pictures that are nearer (by cosine) to their caption than to {self._count} wrong ones of "
            f"other concepts, of the same group with a share of {self._same_group:g}; judge: "
            f"{self._judged_by}{resized}; {len(real.texts)} captions, the first of each picture; pictures of "
            f"{real.size}x{real.size}; means over the captions with 95 % intervals (bootstrap over the captions); "
            f"ceiling: {len(real)} real pictures, {real.made}; floor: the generated pictures under captions of other "
            "concepts, shuffled anew for each sample; normalised: (R - floor) / (ceiling - floor)"
        )

    def vectors(self, pictures: Pixels) -> NDArray[np.float32]:
        """What the judge sees in pictures ``(N, H, W, 3)``."""
        side = self._judge.size
        if pictures.shape[1:3] != (side, side):
            pictures = np.stack([imresize(picture, size=(side, side)) for picture in pictures])
        return self._judge.pictures(pictures)

    def measure(self, samples: Sequence[NDArray[np.floating]]) -> TextScores:
        """Compare what the judge saw in generated pictures.

        Args:
            samples: `vectors` of one picture of every caption, for each sample.
        """
        places, random = np.arange(len(self._read)), np.random.default_rng(self._seed)
        own, other = [], []
        for seen in samples:
            own.append(r_precision_each(seen, self._read, places, self._wrong))
            shown = seen[shuffled_captions(self._concepts, random)]
            other.append(r_precision_each(shown, self._read, places, self._wrong))
        each = np.mean(own, axis=0)
        scores = np.column_stack([each, self._ceiling, np.mean(other, axis=0)])
        own_mean, ceiling, floor, normalised = resampled(scores, _with_normalised)
        return TextScores(own_mean, ceiling, floor, normalised, each)


def shuffled_captions(concepts: NDArray[np.integer], random: np.random.Generator) -> NDArray[np.int64]:
    """A random permutation that gives every caption one of another concept.

    Args:
        concepts: ``(M,)``, of each caption.
        random: draws it.

    Raises:
        ValueError: more than half of the captions are of one concept.
    """
    kinds = np.unique(concepts, return_inverse=True)[1]
    most = int(np.bincount(kinds).max())
    if 2 * most > len(concepts):
        raise ValueError(f"{most} of {len(concepts)} captions are of one concept, and have too few others")
    # Concepts one after the other, in any order: a step of the longest leads from each into another.
    order = np.lexsort((random.random(len(kinds)), random.permutation(kinds.max() + 1)[kinds]))
    partners = np.empty(len(order), np.int64)
    partners[order] = np.roll(order, most)
    return partners


def _with_normalised(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Three means, and where the first one lies between the third (0) and the second (1)."""
    own, ceiling, floor = means.T
    room = ceiling - floor
    place = np.divide(own - floor, room, out=np.full_like(own, np.nan), where=room > 0)
    return np.column_stack([means, place])
