"""The numbers of one model that makes pictures of texts, with the protocol of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.evaluation.estimates import Estimate, Spread
from srgan.metrics import KernelDistance

__all__ = ["CaptionScore", "TextToImageRow"]


@dataclass(frozen=True)
class CaptionScore:
    """One caption: the share of its pictures that the judge finds by it, and how different they are (LPIPS)."""

    caption: str
    r_precision: float
    diversity: float | None = None


@dataclass(frozen=True)
class TextToImageRow:
    """One model: its numbers, those of real pictures beside them, and the protocol of each.

    Attributes:
        model: its name.
        size: side of the pictures.
        samples: pictures of each caption.
        r_precision: share of the pictures that the judge finds by their captions.
        ceiling: the same of real pictures.
        floor: the same of generated pictures under captions of other concepts.
        normalised: where `r_precision` lies between `floor` (0) and `ceiling` (1).
        kernel_distance: of the generated from the real pictures.
        kernel_distance_real: of two halves of the real pictures.
        protocol: what each number is, in words, by its name.
        device: what computed.
        note: what a reader should know about this row.
        each: every caption.
        diversity: LPIPS of two pictures of a caption, over the captions; None where it was not measured.
        nearest_training: LPIPS of generated pictures and their nearest training pictures; likewise.
        nearest_training_real: the same of real pictures.
        shown: pictures of the captions that were asked for, ``(samples, size, size, 3)`` each.
    """

    model: str
    size: int
    samples: int
    r_precision: Estimate
    ceiling: Estimate
    floor: Estimate
    normalised: Estimate
    kernel_distance: KernelDistance
    kernel_distance_real: KernelDistance
    protocol: dict[str, str]
    device: str
    note: str
    each: tuple[CaptionScore, ...]
    diversity: Spread | None = None
    nearest_training: Spread | None = None
    nearest_training_real: Spread | None = None
    shown: tuple[NDArray[np.uint8], ...] = ()

    def as_dict(self, *, per_picture: bool = False) -> dict[str, object]:
        """The row as JSON values, without what was not measured.

        Args:
            per_picture: with every caption.
        """
        values: dict[str, object] = {"model": self.model, "size": self.size, "captions": len(self.each)}
        values["samples"] = self.samples
        for name in ("r_precision", "ceiling", "floor", "normalised"):
            values[name] = getattr(self, name).as_dict()
        for name in ("kernel_distance", "kernel_distance_real"):
            values[name] = getattr(self, name)._asdict()
        for name in ("diversity", "nearest_training", "nearest_training_real"):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name).as_dict()
        values |= {"protocol": self.protocol, "device": self.device, "note": self.note}
        if per_picture:
            values["pictures"] = [
                {name: value for name, value in vars(score).items() if value is not None} for score in self.each
            ]
        return values
