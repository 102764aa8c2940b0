"""What every task offers to the trainer."""

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor

__all__ = ["Round", "Task", "parts_of"]


@dataclasses.dataclass(frozen=True)
class Round:
    """One round of the game: what there is to be told apart, and what belongs to it.

    Attributes:
        real: true samples ``(B, 3, H, W)`` in [0, 1] (toys: points ``(B, n)``).
        fake: generated ones of the same shape, float32; they carry the generator's gradient.
        condition: what a conditional discriminator sees beside the real samples: maps ``(B, C, H, W)`` or vectors
            ``(B, C)``. It may carry the gradient of an encoder (BiGAN).
        fake_condition: the same for the fakes, where it differs.
        latent: ``(B, n)``, what the fakes were made of.
        labels: ``(B,)`` int64, classes of the real samples, -1 where unknown.
        fake_labels: classes that the fakes were asked to have; None where nothing was asked.
        code: ``(B, n)``, latent vectors that an encoder gives the real samples. It may carry the encoder's gradient.
        remade: what the generator makes of these, like `fake`.
        wrong: ``(B, C)``, conditions that do not belong to the real samples.
        between: further generated ones, which only the generator is asked about (INT, Reed et al. 2016), fewer than B.
        between_condition: of these.
    """

    real: Tensor
    fake: Tensor
    condition: Tensor | None = None
    fake_condition: Tensor | None = None
    latent: Tensor | None = None
    labels: Tensor | None = None
    fake_labels: Tensor | None = None
    code: Tensor | None = None
    remade: Tensor | None = None
    wrong: Tensor | None = None
    between: Tensor | None = None
    between_condition: Tensor | None = None

    @property
    def conditions(self) -> tuple[Tensor | None, Tensor | None]:
        """Of the real and of the fake samples."""
        return self.condition, self.condition if self.fake_condition is None else self.fake_condition

    @property
    def encoded(self) -> bool:
        """Whether the real side is made by a player, too."""
        return self.condition is not None and self.condition.requires_grad

    def detached(self) -> "Round":
        """The same without gradients."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        detached: dict[str, Any] = {name: value.detach() for name, value in values.items() if value is not None}
        return dataclasses.replace(self, **detached)


class Task(ABC):
    """Says what is made and what is minimised; the trainer says when.

    Attributes:
        names: of its own loss terms, in the order of the log.
    """

    names: list[str]

    @property
    def reconstructs(self) -> bool:
        """Whether `generator_losses` needs the `code` of the real samples."""
        return False

    @abstractmethod
    def play(self, batch: Any) -> Round:  # noqa: ANN401 - each task has its own kind of batch
        """Make the generator's samples for a batch, with gradients where these are on."""

    @abstractmethod
    def generator_losses(self, round_: Round, batch: Any) -> dict[str, Tensor]:  # noqa: ANN401
        """The weighted terms of one step besides the game's, scalars; their sum is what the trainer minimises."""

    def settle(self) -> None:  # noqa: B027 - most tasks have nothing to do here
        """Put weights back where the task allows them, after the generator's step."""


def parts_of(batch: Any, count: int) -> list[Any]:  # noqa: ANN401 - any dataclass of tensors
    """A batch cut into `count` equal parts."""
    if count == 1:
        return [batch]
    columns = [getattr(batch, field.name).chunk(count) for field in dataclasses.fields(batch)]
    return [type(batch)(*row) for row in zip(*columns, strict=True)]
