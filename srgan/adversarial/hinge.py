"""The hinge game."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial.objective import Objective

__all__ = ["Hinge"]


@dataclass(frozen=True, kw_only=True)
class Hinge(Objective):
    """Hinge loss (Lim and Ye 2017, "Geometric GAN"): scores beyond the margins -1 and 1 teach nothing more.

    At equality any common score in [-1, 1] gives the discriminator 2.

    Args:
        relativistic: "average" is RaHingeGAN (Jolicoeur-Martineau 2018): the generator has the mirrored hinges, too;
            "paired" puts the difference of partners into both hinges, 2 at equality for both players.
    """

    def real_loss(self, score: Tensor) -> Tensor:
        """``max(0, 1 - score)``."""
        return F.relu(1 - score)

    def fake_loss(self, score: Tensor) -> Tensor:
        """``max(0, 1 + score)``."""
        return F.relu(1 + score)

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-score``; relativistic: ``max(0, 1 - score)``."""
        return -score if self.relativistic is None else F.relu(1 - score)
