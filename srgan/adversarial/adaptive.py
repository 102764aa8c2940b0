"""How strongly to augment: as strongly as the discriminator overfits."""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from srgan.adversarial.relativistic import batch_mean

__all__ = ["AdaptiveProbability", "overfitting"]


class AdaptiveProbability:
    """The probability of augmentation, which rises while the discriminator overfits and falls while it does not.

    Karras et al. 2020, "Training generative adversarial networks with limited data" (ADA), section 3.

    Args:
        target: the `overfitting` that is wanted.
        kimg: thousands of real pictures in which the probability can go from 0 to 1.
        highest: where it stops; beyond 0.8 augmentations begin to leak into generated pictures (section 2.2).
    """

    def __init__(
        self,
        *,
        target: Annotated[float, Field(gt=0, lt=1)] = 0.6,
        kimg: Annotated[float, Field(gt=0)] = 500.0,
        highest: Annotated[float, Field(gt=0, lt=1)] = 0.8,
    ) -> None:
        self._target, self._kimg, self._highest = target, kimg, highest
        self.probability = 0.0

    def update(self, measured: float, batch: int) -> None:
        """Go one step towards the target.

        Args:
            measured: the `overfitting` since the last update, the same in all processes.
            batch: real pictures since then, over all processes.
        """
        direction = (measured > self._target) - (measured < self._target)
        moved = self.probability + direction * batch / (1000 * self._kimg)
        self.probability = min(max(moved, 0.0), self._highest)

    def state(self) -> dict[str, Any]:
        """JSON values for a checkpoint."""
        return {"probability": self.probability}

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        self.probability = min(state["probability"], self._highest)


@torch.no_grad()
def overfitting(real: Sequence[Tensor], undecided: float = 0.0) -> Tensor:
    """How sure the discriminator is of real pictures: r_t = E sign(score) of ADA (Karras et al. 2020, Eq. 1).

    Args:
        real: scores of the augmented real pictures, one tensor a scale. Where only differences of scores mean anything
            (relativistic games, critics), give those: `compare` with ``"average"``.
        undecided: the score that says neither real nor fake.

    Returns:
        A scalar in [-1, 1], over all processes: 0 is no overfitting, 1 complete.
    """
    return torch.stack([batch_mean(torch.sign(scores.float() - undecided)) for scores in real]).mean()
