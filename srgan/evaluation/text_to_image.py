"""Text-to-image models against real pictures: R-precision, distance, diversity, and nearness to the training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation.captioned_pictures import CaptionedPictures
from srgan.evaluation.estimates import Spread
from srgan.evaluation.nearest_training import NearestTraining
from srgan.evaluation.text_precision import Judge, TextPrecision
from srgan.evaluation.text_to_image_row import CaptionScore, TextToImageRow
from srgan.metrics import KernelDistance, LpipsMetric, PictureFeatures, kernel_distance

__all__ = [
    "PictureMaker",
    "TextToImageReferences",
    "TrainingDrawings",
    "evaluate_text_to_image",
]

Pixels = NDArray[np.uint8]
PictureMaker = Callable[[Sequence[str], int], Pixels]
"""Makes ``(N, size, size, 3)`` of N texts and the number of the sample, from 0; samples differ by their noise."""

Progress = Callable[[int, int], None]

_SUBSETS, _SUBSET = 100, 1000
_LEAST = 8  # pictures, for halves of which subsets of 2 can be drawn
_LPIPS_SIDE = 32  # AlexNet's smallest


@dataclass(frozen=True)
class TrainingDrawings:
    """What the models were trained with.

    Attributes:
        drawings: ``(M, size, size, 4)`` with straight alpha.
        own: ``(N,)``, which of them each real picture is; -1: none.
    """

    drawings: Pixels
    own: NDArray[np.int64]


class TextToImageReferences:
    """The real side of all comparisons of models that make pictures of one size, computed once.

    Args:
        real: pictures and captions.
        judge: finds pictures by captions.
        judged_by: what it is, for the protocol.
        features: what the kernel distance compares.
        lpips: measures diversity, and nearness to training pictures; None: neither is measured.
        training: what the models were trained with.
        distractors: wrong captions of each.
        seed: of wrong captions, shuffles and subsets.
        progress: called with (done, all) real pictures that were looked for among the training pictures.

    Raises:
        UsageError: there are too few pictures or captions, or LPIPS cannot see pictures so small.
    """

    def __init__(
        self,
        real: CaptionedPictures,
        judge: Judge,
        *,
        judged_by: str = "a joint embedding",
        features: PictureFeatures,
        lpips: LpipsMetric | None = None,
        training: TrainingDrawings | None = None,
        distractors: int = 99,
        seed: int = 0,
        progress: Progress = lambda done, count: None,
    ) -> None:
        if len(real) < _LEAST:
            raise UsageError(f"{len(real)} real pictures are too few to compare with; it takes {_LEAST}")
        if lpips is not None and real.size < _LPIPS_SIDE:
            raise UsageError(f"LPIPS needs pictures of {_LPIPS_SIDE} pixels a side, and the model makes {real.size}")
        if training is not None and lpips is None:
            raise UsageError("nearness to training pictures is measured by LPIPS, which was not asked for")
        self.real, self.lpips, self.seed = real, lpips, seed
        self.precision = TextPrecision(real, judge, judged_by=judged_by, distractors=distractors, seed=seed)
        self.features = features
        self.seen = features(real.pictures)
        halves = np.array_split(np.random.default_rng(seed).permutation(len(real)), 2)
        self.halves = min(_SUBSET, len(real) // 4)
        self.distance_real = self._distance(self.seen[halves[0]], self.seen[halves[1]], self.halves)
        self.nearest: NearestTraining | None = None
        self.nearest_real: Spread | None = None
        if training is not None and lpips is not None:
            self.nearest = NearestTraining(training.drawings, lpips)
            distances = self.nearest(real.pictures, own=training.own, progress=progress)
            self.nearest_real = Spread.of(distances[np.isfinite(distances)])

    def subset(self, made: int) -> int:
        """How many of so many generated pictures are compared at a time."""
        return min(_SUBSET, len(self.real) // 2, made // 2)

    def distance(self, made: Pixels) -> KernelDistance:
        """The kernel distance of pictures from the real ones."""
        return self._distance(self.features(made), self.seen, self.subset(len(made)))

    def _distance(self, one: NDArray[np.float32], two: NDArray[np.float32], size: int) -> KernelDistance:
        random = np.random.default_rng(self.seed)
        return kernel_distance(one, two, subsets=_SUBSETS, size=size, random=random)

    def protocol(self, samples: int) -> dict[str, str]:
        """What each number is, in words, for so many pictures of each caption."""
        real, made = self.real, samples * len(self.real.texts)
        words = {
            "r_precision": f"{self.precision.protocol}; {samples} generated pictures of each caption",
            "kernel_distance": (
                f"unbiased MMD^2 with the cubic kernel in {self.features.protocol}; {made} generated and {len(real)} "
                f"real pictures of {real.size}x{real.size}, {real.made}; mean and standard error of {_SUBSETS} subsets "
                f"of {self.subset(made)}; real to real: two halves of the real pictures, subsets of {self.halves}"
            ),
        }
        if self.lpips is not None and samples > 1:
            words["diversity"] = (
                f"{self.lpips.protocol} between pictures of one caption, each sample and the next, around, of "
                f"{samples}; mean and quartiles over the captions"
            )
        if self.nearest is not None:
            words["nearest_training"] = self.nearest.protocol
        return words


def evaluate_text_to_image(
    name: str,
    make: PictureMaker,
    references: TextToImageReferences,
    *,
    samples: int = 4,
    device: str = "CPU (numpy)",
    note: str = "",
    shown: Sequence[int] = (),
    progress: Progress = lambda done, count: None,
) -> TextToImageRow:
    """Make pictures of all captions, and judge them.

    Args:
        name: of the model.
        make: the model.
        references: the real side.
        samples: pictures of each caption; diversity needs two.
        device: what computes, for the record.
        note: what a reader should know about the row.
        shown: places among the captions (`CaptionedPictures.texts`) whose pictures are kept.
        progress: called with (done, all): samples, and then generated pictures that were looked for among the training
            pictures.

    Raises:
        UsageError: there are too few pictures, or the model makes them of another size.
    """
    texts, size = references.real.texts, references.real.size
    if samples * len(texts) < _LEAST:
        raise UsageError(f"{samples} pictures of each of {len(texts)} captions are too few; it takes {_LEAST} in all")
    made = np.empty((samples, len(texts), size, size, 3), np.uint8)
    for sample in range(samples):
        pictures = make(texts, sample)
        if pictures.shape != made.shape[1:]:
            raise UsageError(f"{name} makes {pictures.shape} of {len(texts)} texts, and should make {made.shape[1:]}")
        made[sample] = pictures
        progress(sample + 1, samples)
    precision = references.precision
    scores = precision.measure([precision.vectors(pictures) for pictures in made])
    diversity = None
    if references.lpips is not None and samples > 1:
        diversity = _diversity(made, references.lpips)
    nearest = None
    if references.nearest is not None:
        nearest = Spread.of(references.nearest(_flat(made), progress=progress))
    return TextToImageRow(
        model=name,
        size=size,
        samples=samples,
        r_precision=scores.r_precision,
        ceiling=scores.ceiling,
        floor=scores.floor,
        normalised=scores.normalised,
        kernel_distance=references.distance(_flat(made)),
        kernel_distance_real=references.distance_real,
        protocol=references.protocol(samples),
        device=device,
        note=note,
        each=tuple(
            CaptionScore(text, float(scores.each[place]), None if diversity is None else float(diversity[place]))
            for place, text in enumerate(texts)
        ),
        diversity=None if diversity is None else Spread.of(diversity),
        nearest_training=nearest,
        nearest_training_real=references.nearest_real,
        shown=tuple(made[:, place] for place in shown),
    )


def _diversity(made: Pixels, lpips: LpipsMetric) -> NDArray[np.float64]:
    """Mean distance of pictures of each caption, ``(M,)``; each sample meets the next, so that all count alike."""
    steps = len(made) if len(made) > 2 else 1
    pairs = [lpips.each(made[step], made[(step + 1) % len(made)]) for step in range(steps)]
    return np.asarray(np.mean(pairs, axis=0))


def _flat(made: Pixels) -> Pixels:
    return made.reshape(-1, *made.shape[2:])
