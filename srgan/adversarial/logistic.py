"""The games of Goodfellow et al. 2014, written on logits: D = sigmoid(score)."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial.objective import Objective, Smoothing
from srgan.adversarial.relativistic import Relativistic, compare

__all__ = ["Minimax", "NonSaturating"]


@dataclass(frozen=True, kw_only=True)
class Minimax(Objective):
    """The value function itself (Goodfellow et al. 2014, Eq. 1); saturates where the discriminator wins.

    The generator minimises ``E log(1 - D(fake))``. At equality the discriminator's loss is ``2 ln 2``, D = 1/2.

    Args:
        smoothing: taken off the target of real pictures.
    """

    smoothing: Smoothing = 0.0

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Minus the value: ``-E log D(real) - E log(1 - D(fake))``."""
        return _cross_entropy(real, 1 - self.smoothing) + _cross_entropy(fake, 0.0)

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """``E log(1 - D(fake))``, which is at most 0."""
        return -_cross_entropy(fake, 0.0)


@dataclass(frozen=True, kw_only=True)
class NonSaturating(Objective):
    """The logistic game of SRGAN (Ledig et al. 2017, Eq. 6): the generator minimises ``-E log D(fake)``.

    At equality the discriminator's loss is ``2 ln 2`` and the generator's ``ln 2`` (relativistic: ``2 ln 2``).

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" is ESRGAN's game: ``-E log D(real, fake) - E log(1 - D(fake, real))`` with
            ``D(a, b) = sigmoid(a - mean(b))``, mirrored for the generator (BasicSR's generator has half of it);
            "paired" compares each place with its partner, ``2 softplus(fake - real)`` in the mean: twice RpGAN's loss.
    """

    smoothing: Smoothing = 0.0
    relativistic: Relativistic = None

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """``-E log D(real) - E log(1 - D(fake))``."""
        real, fake = compare(real, fake, self.relativistic)
        return _cross_entropy(real, 1 - self.smoothing) + _cross_entropy(fake, 0.0)

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """``-E log D(fake)``; relativistic: fakes should beat the real side, and real ones lose."""
        if self.relativistic is None:
            return _cross_entropy(fake, 1.0)
        real, fake = compare(real, fake, self.relativistic)
        return _cross_entropy(fake, 1.0) + _cross_entropy(real, 0.0)


def _cross_entropy(scores: Tensor, target: float) -> Tensor:
    """Mean of ``-target log D - (1 - target) log(1 - D)``; D never appears, so that nothing overflows or cancels."""
    return target * F.softplus(-scores).mean() + (1 - target) * F.softplus(scores).mean()
