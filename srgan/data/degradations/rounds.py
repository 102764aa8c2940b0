"""The numbers of the two rounds, as a run file may change them: ``[data.degradation.first] noise = [0, 5]``."""

from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from srgan.config import Section

__all__ = [
    "SIZES",
    "FirstRound",
    "MildFirstRound",
    "MildSecondRound",
    "NotNegative",
    "Positive",
    "Probability",
    "Quality",
    "Round",
    "SecondRound",
    "rising",
]

Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Quality = Annotated[int, Field(ge=1, le=100)]
Size = Annotated[int, Field(ge=3, le=51)]

Range = TypeVar("Range", bound=tuple[float, float])


def rising(ends: Range) -> Range:
    """The two ends of a range, checked: the first is not above the second.

    Raises:
        ValueError: it is.
    """
    low, high = ends
    if low > high:
        raise ValueError(f"must go from the smaller to the larger, not from {low} to {high}")
    return ends


SIZES = (7, 9, 11, 13, 15, 17, 19, 21)
"""Sides of the kernels of Real-ESRGAN."""


class Round(Section):
    """One round: blur, resize, noise, JPEG. A range is ``[from, to]``; draws are uniform."""

    blur: Probability = Field(description="probability of a blur")
    sizes: tuple[Size, ...] = Field(SIZES, min_length=1, description="sides of the blur kernels, odd")
    sinc: Probability = Field(0.1, description="probability that the blur is a sinc filter")
    shapes: tuple[NotNegative, NotNegative, NotNegative, NotNegative, NotNegative, NotNegative] = Field(
        (0.45, 0.25, 0.12, 0.03, 0.12, 0.03),
        description="shares of the kernels: round and oval Gaussians, generalised ones, plateaus",
    )
    sigma: tuple[Positive, Positive] = Field(description="standard deviation of the blur, pixels")
    generalised: tuple[Positive, Positive] = Field((0.5, 4.0), description="exponents of generalised Gaussians")
    plateau: tuple[Positive, Positive] = Field((1.0, 2.0), description="exponents of plateaus")
    resize: tuple[NotNegative, NotNegative, NotNegative] = Field(description="shares of larger, smaller, as it is")
    factors: tuple[Positive, Positive] = Field(description="least and largest factor of the resize")
    gaussian: Probability = Field(description="probability of Gaussian noise; else it is Poisson's")
    noise: tuple[NotNegative, NotNegative] = Field(description="standard deviation of Gaussian noise, 255ths")
    poisson: tuple[NotNegative, NotNegative] = Field(description="strength of Poisson noise")
    grey: Probability = Field(description="probability that the noise has no colour")
    jpeg: tuple[Quality, Quality] = Field(description="quality of the JPEG file")

    @model_validator(mode="after")
    def _sensible(self) -> "Round":
        for name in ("sigma", "generalised", "plateau", "factors", "noise", "poisson", "jpeg"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} must go from the smaller to the larger, not from {low} to {high}")
        for name in ("generalised", "plateau", "factors"):
            low, high = getattr(self, name)
            if not low <= 1 <= high:
                raise ValueError(f"{name} must have 1 between its ends, not {low} to {high}")
        for name in ("shapes", "resize"):
            if not sum(getattr(self, name)):
                raise ValueError(f"{name} must not be all 0")
        if any(size % 2 == 0 for size in self.sizes):
            raise ValueError(f"sizes must be odd, not {', '.join(map(str, self.sizes))}")
        return self


class FirstRound(Round):
    """The first round of Real-ESRGAN."""

    blur: Probability = 1.0
    sigma: tuple[Positive, Positive] = (0.2, 3.0)
    resize: tuple[NotNegative, NotNegative, NotNegative] = (0.2, 0.7, 0.1)
    factors: tuple[Positive, Positive] = (0.15, 1.5)
    gaussian: Probability = 0.5
    noise: tuple[NotNegative, NotNegative] = (1.0, 30.0)
    poisson: tuple[NotNegative, NotNegative] = (0.05, 3.0)
    grey: Probability = 0.4
    jpeg: tuple[Quality, Quality] = (30, 95)


class SecondRound(Round):
    """The second round of Real-ESRGAN; its resize counts from the size of the small picture."""

    blur: Probability = 0.8
    sigma: tuple[Positive, Positive] = (0.2, 1.5)
    resize: tuple[NotNegative, NotNegative, NotNegative] = (0.3, 0.4, 0.3)
    factors: tuple[Positive, Positive] = (0.3, 1.2)
    gaussian: Probability = 0.5
    noise: tuple[NotNegative, NotNegative] = (1.0, 25.0)
    poisson: tuple[NotNegative, NotNegative] = (0.05, 2.5)
    grey: Probability = 0.4
    jpeg: tuple[Quality, Quality] = (30, 95)


class MildFirstRound(FirstRound):
    """The first round of the milder model (neosr's options for small networks)."""

    sizes: tuple[Size, ...] = (7,)
    resize: tuple[NotNegative, NotNegative, NotNegative] = (0.3, 0.4, 0.3)
    factors: tuple[Positive, Positive] = (0.5, 1.5)
    gaussian: Probability = 0.2
    noise: tuple[NotNegative, NotNegative] = (0.0, 2.0)
    poisson: tuple[NotNegative, NotNegative] = (0.05, 0.25)
    grey: Probability = 0.1
    jpeg: tuple[Quality, Quality] = (40, 95)


class MildSecondRound(SecondRound):
    """The second round of the milder model."""

    blur: Probability = 0.4
    sizes: tuple[Size, ...] = (9,)
    factors: tuple[Positive, Positive] = (0.3, 1.5)
    gaussian: Probability = 0.2
    noise: tuple[NotNegative, NotNegative] = (0.0, 2.0)
    poisson: tuple[NotNegative, NotNegative] = (0.05, 0.1)
    grey: Probability = 0.1
    jpeg: tuple[Quality, Quality] = (35, 95)
