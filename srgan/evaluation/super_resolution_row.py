"""One model on one set: figures that know how they were measured."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.evaluation.estimates import Estimate, resampled
from srgan.evaluation.picture_score import METRICS, PictureScore
from srgan.metrics import Measured

__all__ = ["Row"]

# Left out of JSON where there is none, so that of the endless ones None can say infinity.
_OPTIONAL = ("lpips", "psnr_rgb", "consistency")
_ENDLESS = ("psnr_y", "psnr_rgb", "consistency")


@dataclass(frozen=True)
class Row:
    """One model on one set: means over the pictures, and the protocol under which alone they can be compared.

    Attributes:
        model: its name.
        dataset: name of the set.
        scale: of the enlargement.
        images: how many pictures.
        protocol: how it was measured, in words: of the set by aspect, and of each metric by its name.
        device: what computed.
        pictures: each one's scores.
        speed: what `srgan.evaluation.measure_speed` found; empty where it was not asked for.
        giga_multiply_adds: billions of multiplications and additions for an output of 1280x720; None where nobody
            knows them.
    """

    model: str
    dataset: str
    scale: int
    images: int
    protocol: Mapping[str, str]
    device: str
    pictures: tuple[PictureScore, ...]
    speed: Mapping[str, float] = field(default_factory=dict)
    giga_multiply_adds: float | None = None

    @property
    def psnr_y(self) -> float:
        """Mean PSNR of luma in dB."""
        return float(np.mean(self.values("psnr_y")))

    @property
    def ssim_y(self) -> float:
        """Mean SSIM of luma."""
        return float(np.mean(self.values("ssim_y")))

    @property
    def grid(self) -> float | None:
        """Mean grid index in dB."""
        return self.mean("grid")

    @property
    def lpips(self) -> float | None:
        """Mean LPIPS."""
        return self.mean("lpips")

    def mean(self, metric: str) -> float | None:
        """The mean of a metric over the pictures that have it; None where none does."""
        values = self.values(metric)
        return float(np.mean(values)) if values.size else None

    def values(self, metric: str) -> NDArray[np.float64]:
        """The values of a metric, one a picture that has it."""
        found = [getattr(score, metric) for score in self.pictures]
        return np.array([value for value in found if value is not None], np.float64)

    def interval(self, metric: str) -> Estimate | None:
        """The mean with its 95 % interval over pictures (bootstrap): what other pictures might have given.

        None where no picture has the metric; without limits where a value is infinite.
        """
        values = self.values(metric)
        if not values.size:
            return None
        if not np.isfinite(values).all():
            return Estimate(float(np.mean(values)), math.nan, math.nan)
        return resampled(values[:, None], lambda means: means)[0]

    def measured(self, metric: str) -> Measured:
        """The mean of a metric with its protocol: comparing it with that of another is refused.

        Raises:
            KeyError: it was not measured.
        """
        value = self.mean(metric)
        if value is None:
            raise KeyError(metric)
        shared = {name: words for name, words in self.protocol.items() if name not in METRICS}
        return Measured(metric, value, {**shared, "scale": str(self.scale), metric: self.protocol[metric]})

    def as_dict(self, *, per_picture: bool = False) -> dict[str, object]:
        """The row as JSON values; a PSNR that is infinite (equal pictures), which JSON cannot say, is None.

        So is what no picture was large enough for. Means stand by the names of the metrics, and their intervals in
        ``intervals``.
        """
        means = {name: self.mean(name) for name in METRICS}
        intervals = {name: self.interval(name) for name in METRICS}
        values: dict[str, object] = {
            **{name: getattr(self, name) for name in ("model", "dataset", "scale", "images", "device")},
            **_kept(means),
            "intervals": {name: [*found.as_dict().values()][1:] for name, found in intervals.items() if found},
            "protocol": dict(self.protocol),
        }
        if self.speed:
            values["speed"] = dict(self.speed)
        if self.giga_multiply_adds is not None:
            values["giga_multiply_adds"] = self.giga_multiply_adds
        return {**values, "pictures": [_kept(asdict(score)) for score in self.pictures]} if per_picture else values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Row":
        """A row out of a report with every picture (``as_dict(per_picture=True)``).

        Raises:
            KeyError: something is missing, for instance the pictures.
        """
        known = {part.name for part in fields(PictureScore)}
        pictures = []
        for picture in values["pictures"]:
            kept: dict[str, Any] = {name: value for name, value in picture.items() if name in known}
            kept.update({name: math.inf for name in _ENDLESS if name in kept and kept[name] is None})
            pictures.append(PictureScore(**kept))
        own = {name: values[name] for name in ("model", "dataset", "scale", "images", "protocol", "device")}
        return cls(
            **own,
            pictures=tuple(pictures),
            speed=values.get("speed", {}),
            giga_multiply_adds=values.get("giga_multiply_adds"),
        )


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can say, without what was not asked for."""
    asked = {name: value for name, value in values.items() if value is not None or name not in _OPTIONAL}
    return {n: None if isinstance(v, float) and not math.isfinite(v) else v for n, v in asked.items()}
