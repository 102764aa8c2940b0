"""The hinge game."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial.objective import Objective
from srgan.adversarial.relativistic import Relativistic, compare

__all__ = ["Hinge"]


@dataclass(frozen=True, kw_only=True)
class Hinge(Objective):
    """Hinge loss (Lim and Ye 2017, "Geometric GAN"): scores beyond the margins -1 and 1 teach nothing more.

    At equality any common score in [-1, 1] gives the discriminator 2.

    Args:
        relativistic: "average" is RaHingeGAN (Jolicoeur-Martineau 2018): the generator has the mirrored hinges, too;
            "paired" puts the difference of partners into both hinges, 2 at equality for both players.
    """

    relativistic: Relativistic = None

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """``E max(0, 1 - real) + E max(0, 1 + fake)``."""
        real, fake = compare(real, fake, self.relativistic)
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """``-E fake``; relativistic: ``E max(0, 1 - fake) + E max(0, 1 + real)``."""
        if self.relativistic is None:
            return -fake.mean()
        real, fake = compare(real, fake, self.relativistic)
        return F.relu(1 - fake).mean() + F.relu(1 + real).mean()
