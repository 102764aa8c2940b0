"""What every adversarial objective offers."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import Field
from torch import Tensor

__all__ = ["Objective", "Smoothing"]

Smoothing = Annotated[float, Field(ge=0, lt=0.5)]
"""One-sided label smoothing (Salimans et al. 2016, section 3.4): the target of real pictures is 1 less this much.

Only the discriminator sees it. The target of fakes stays 0, or nothing would pull the generator away from where there
are fakes and no data.
"""


class Objective(ABC):
    """The two losses of a game on raw scores (logits, never probabilities); a higher score says "real".

    Scores are tensors of any shape, float32 or wider, `real` and `fake` of the same shape. Both players minimise. The
    discriminator's loss is the *sum* of its real and its fake part, each a mean over all positions (not their half).
    """

    @property
    def compares(self) -> bool:
        """Whether the generator's loss looks at the scores of real pictures; if not, they need not be computed."""
        return getattr(self, "relativistic", None) is not None

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss, a scalar; no gradient should go on to the generator (detach the fakes)."""

    @abstractmethod
    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """The generator's loss, a scalar; `real` is detached and only matters to relativistic objectives."""
