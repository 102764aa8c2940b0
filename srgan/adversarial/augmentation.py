"""Augmentation of what the discriminator sees, differentiable, and the same for real and generated pictures."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

__all__ = ["Augmentation", "DiffAugment"]

Policy = Literal["colour", "translation", "cutout"]
_GREY = 0.5


@dataclass(frozen=True, kw_only=True)
class DiffAugment:
    """Random colours, shifts and holes for a discriminator that has seen few pictures (Zhao et al. 2020, section 3.2).

    The generator is not taught to make them, since its pictures are augmented on their way to the discriminator as the
    real ones are, in its own steps, too.

    - ``"colour"``: brightness plus or minus 0.25 (0.5 in the paper's [-1, 1]), saturation times 0 to 2, contrast times
      0.5 to 1.5, in this order. Values may leave [0, 1], as in the paper.
    - ``"translation"``: by up to an eighth of the side, in whole pixels.
    - ``"cutout"``: a hole of half the side, its centre anywhere.

    What is uncovered is mid-grey: the zero of the paper's [-1, 1].

    Args:
        policies: which of them, at least one.
    """

    policies: Annotated[tuple[Policy, ...], Field(min_length=1)] = ("colour", "translation", "cutout")

    def draw(self, pictures: Tensor, probability: float = 1.0) -> "Augmentation":
        """Draw the random numbers for a batch.

        Args:
            pictures: ``(B, C, H, W)``; only their number, size and device matter.
            probability: with which each of the five transformations is applied to each picture (Karras et al. 2020,
                "Training generative adversarial networks with limited data", section 2.2); 1 is the paper's
                DiffAugment.

        Returns:
            What to apply to real and generated pictures alike. The numbers come from torch's global generator of the
            pictures' device, equally many for every probability.
        """
        return Augmentation(pictures, self.policies, probability)


class Augmentation:
    """One draw of the random numbers, applied to as many batches as wanted: pairs stay pairs.

    Args:
        pictures: ``(B, C, H, W)``; only their number, size and device matter.
        policies: of `DiffAugment`.
        probability: of each transformation of each picture.
    """

    def __init__(self, pictures: Tensor, policies: Collection[Policy], probability: float) -> None:
        self._size = (len(pictures), *pictures.shape[-2:])
        count, height, width = self._size
        device = pictures.device

        def uniform() -> Tensor:
            return torch.rand(count, 1, 1, 1, device=device)

        def applied() -> Tensor:
            return uniform() < probability

        def whole(low: int, high: int) -> Tensor:
            return torch.randint(low, high, (count, 1, 1, 1), device=device)

        self._colours: tuple[Tensor, Tensor, Tensor] | None = None
        if "colour" in policies:
            self._colours = (
                torch.where(applied(), (uniform() - 0.5) / 2, 0.0),
                torch.where(applied(), uniform() * 2, 1.0),
                torch.where(applied(), uniform() + 0.5, 1.0),
            )
        rows = torch.arange(height, device=device).view(1, 1, -1, 1)
        columns = torch.arange(width, device=device).view(1, 1, 1, -1)
        # Where each pixel comes from, and which are seen at all.
        self._places: Tensor | None = None
        self._seen = torch.ones(count, 1, height, width, dtype=torch.bool, device=device)
        if "translation" in policies:
            moved = applied()
            down, right = (whole(-(side // 8), side // 8 + 1) * moved for side in (height, width))
            from_row, from_column = rows - down, columns - right
            self._seen = (from_row == from_row.clamp(0, height - 1)) & (from_column == from_column.clamp(0, width - 1))
            # Pixels from outside are covered below; any place inside will do for them.
            self._places = from_row.clamp(0, height - 1) * width + from_column.clamp(0, width - 1)
        if "cutout" in policies:
            cut = applied()
            hole = [
                (places >= start) & (places < start + side // 2)
                for places, side in ((rows, height), (columns, width))
                for start in [whole(0, side + 1 - side // 2 % 2) - side // 4]
            ]
            self._seen = self._seen & ~(hole[0] & hole[1] & cut)

    def __call__(self, pictures: Tensor) -> Tensor:
        """The augmented pictures.

        Args:
            pictures: ``(B, C, H, W)`` of the size of the draw, with three channels or a multiple: each three are a
                picture, and all of them get the same colours and the same shift.

        Raises:
            ValueError: another size or number.
        """
        self._check(pictures)
        if pictures.shape[1] % 3:
            raise ValueError(f"pictures have three channels or a multiple, not {pictures.shape[1]}")
        if self._colours is not None:
            brightness, saturation, contrast = self._colours
            triples = pictures.reshape(len(pictures), -1, 3, *pictures.shape[2:])
            grey = triples.mean(2, keepdim=True)
            triples = grey + brightness[..., None] + saturation[..., None] * (triples - grey)
            mean = triples.mean((2, 3, 4), keepdim=True)
            pictures = (mean + contrast[..., None] * (triples - mean)).flatten(1, 2)
        return self.move(pictures - _GREY) + _GREY

    def move(self, maps: Tensor) -> Tensor:
        """Only what concerns places, with zeros where nothing is seen: for maps that go with the pictures.

        Args:
            maps: ``(B, C, H, W)``, for example one-hot labels.

        Raises:
            ValueError: another size or number than those of the draw.
        """
        self._check(maps)
        if self._places is not None:
            places = self._places.flatten(2).expand(-1, maps.shape[1], -1)
            maps = maps.flatten(2).gather(2, places).view_as(maps)
        return maps * self._seen

    def _check(self, pictures: Tensor) -> None:
        size = (len(pictures), *pictures.shape[-2:])
        if size != self._size:
            raise ValueError(f"drawn for {self._size} pictures, rows and columns, given {size}")
