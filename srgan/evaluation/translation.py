"""Translation models, and what they have to beat, against true pictures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation.backgrounds import on_background
from srgan.metrics import GradientHistogram, LabelAccuracy, LpipsMetric, luma, psnr, ssim

__all__ = ["PairScore", "Translation", "TranslationPairs", "TranslationRow", "evaluate_translation"]

Pixels = NDArray[np.uint8]
Translation = Callable[[Pixels], Pixels]
"""Makes ``(H, W, 3)``, or ``(H, W, 4)`` with straight alpha, of a source ``(H, W, 4)``; for instance
`srgan.runtime.Model.translate`."""

_SMALLEST = 11  # of SSIM
_HIGHEST_PSNR = 60.0  # without a limit one equal picture would make a mean infinite


@dataclass(frozen=True)
class TranslationPairs:
    """Held-out pictures and what should be made of them.

    Attributes:
        names: of the pairs.
        sources: each ``(H, W, 4)`` uint8, sRGB with straight alpha.
        targets: the true pictures, likewise, of the same sizes.
        background: ``"#rrggbb"`` on which true pictures and results are laid before they are compared.
        made: how the pictures came to their size, for the protocol.
    """

    names: Sequence[str]
    sources: Sequence[Pixels]
    targets: Sequence[Pixels]
    background: str = "#ffffff"
    made: str = "pictures as they are"

    @property
    def transparent(self) -> bool:
        """Whether anything is to be seen of the background."""
        return any(bool((picture[..., 3] < 255).any()) for side in (self.sources, self.targets) for picture in side)


@dataclass(frozen=True)
class PairScore:
    """One picture: PSNR of RGB in dB, at most 60; SSIM of luma; LPIPS where it was asked for."""

    picture: str
    psnr: float
    ssim: float
    lpips: float | None = None


@dataclass(frozen=True)
class TranslationRow:
    """One model or baseline: means over the pairs, and the protocol under which alone they can be compared.

    Attributes:
        model: its name.
        pairs: how many were measured.
        psnr: of RGB in dB.
        ssim: of luma.
        sharpness_distance: between the gradients of all results and of all true pictures, 0 to 1.
        protocol: what was measured, and how, in words.
        device: what computed.
        note: what a reader should know about this row, for instance what a baseline does.
        pictures: each pair.
        results: those that were asked for, ``(H, W, 3)``.
        lpips: None where it was not asked for.
        label_accuracy: share of the pixels with the right label; None without a palette.
        mean_iou: mean over the labels of intersection over union; likewise.
    """

    model: str
    pairs: int
    psnr: float
    ssim: float
    sharpness_distance: float
    protocol: str
    device: str
    note: str
    pictures: tuple[PairScore, ...]
    results: tuple[Pixels, ...] = ()
    lpips: float | None = None
    label_accuracy: float | None = None
    mean_iou: float | None = None

    def as_dict(self, *, per_picture: bool = False) -> dict[str, object]:
        """The row as JSON values, without what was not measured."""
        values = asdict(self)
        pictures = values.pop("pictures")
        del values["results"]
        for part in (values, *pictures):
            for name in ("lpips", "label_accuracy", "mean_iou"):
                if part.get(name, 0) is None:
                    del part[name]
        return {**values, "pictures": list(pictures)} if per_picture else values


def evaluate_translation(
    name: str,
    translate: Translation,
    pairs: TranslationPairs,
    *,
    device: str = "CPU (numpy)",
    note: str = "",
    lpips: LpipsMetric | None = None,
    palette: Sequence[str] = (),
    results: Sequence[int] = (),
    progress: Callable[[int, int], None] | None = None,
) -> TranslationRow:
    """Translate the sources of all pairs and compare with the true pictures, both in 8 bits on the background.

    Args:
        name: of what is measured.
        translate: makes the results.
        pairs: at least one.
        device: what computes, for the record.
        note: what a reader should know about the row.
        lpips: also measure this.
        palette: colours of labels, ``"#rrggbb"``: also measure how well the labels agree.
        results: places of the pairs whose results are kept.
        progress: called with (done, all).

    Raises:
        UsageError: a picture is too small to measure.
        PictureError: memory does not suffice to translate one.
        ValueError: a palette that is none.
    """
    labels = LabelAccuracy(palette) if palette else None
    fakes, reals = GradientHistogram(), GradientHistogram()
    scores, kept = [], {}
    for place, (picture, source, target) in enumerate(zip(pairs.names, pairs.sources, pairs.targets, strict=True)):
        if min(source.shape[:2]) < _SMALLEST:
            raise UsageError(
                f"{picture} is {source.shape[1]}x{source.shape[0]} pixels; SSIM needs {_SMALLEST}x{_SMALLEST}"
            )
        fake, real = (on_background(pixels, pairs.background) for pixels in (translate(source), target))
        scores.append(_score(picture, fake, real, lpips))
        fakes.add(fake)
        reals.add(real)
        if labels is not None:
            labels.add(fake, real)
        if place in results:
            kept[place] = fake
        if progress is not None:
            progress(place + 1, len(pairs.names))
    return TranslationRow(
        model=name,
        pairs=len(scores),
        psnr=float(np.mean([score.psnr for score in scores])),
        ssim=float(np.mean([score.ssim for score in scores])),
        sharpness_distance=fakes.distance(reals),
        protocol=_protocol(pairs, lpips, len(palette)),
        device=device,
        note=note,
        pictures=tuple(scores),
        results=tuple(kept[place] for place in results),
        lpips=None if lpips is None else float(np.mean([score.lpips for score in scores])),
        label_accuracy=None if labels is None else labels.accuracy,
        mean_iou=None if labels is None else labels.mean_iou,
    )


def _score(picture: str, fake: Pixels, real: Pixels, lpips: LpipsMetric | None) -> PairScore:
    distance = None if lpips is None else lpips(fake, real)
    return PairScore(picture, min(psnr(fake, real), _HIGHEST_PSNR), ssim(luma(fake), luma(real)), distance)


def _protocol(pairs: TranslationPairs, lpips: LpipsMetric | None, labels: int) -> str:
    ground = f", transparency laid on {pairs.background}" if pairs.transparent else ""
    words = [
        f"{len(pairs.names)} pairs, {pairs.made}{ground}; 8-bit results, means over the pairs",
        f"PSNR of RGB, at most {_HIGHEST_PSNR:g} dB a pair",
        "SSIM of luma (BT.601, 16 to 235; 11x11 Gaussian windows)",
    ]
    words += [] if lpips is None else [f"{lpips.protocol} on RGB"]
    words += [
        "sharpness distance: 1 - intersection of the histograms of the luma gradients of all results and of all true "
        "pictures (0 equal, 1 disjoint)"
    ]
    if labels:
        words += [
            f"labels: the nearest of {labels} colours, in results and true pictures alike; accuracy over all pixels, "
            "IoU over all pictures, then the mean over the labels that occur"
        ]
    return "; ".join(words)
