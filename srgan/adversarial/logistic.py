"""The games of Goodfellow et al. 2014, written on logits: D = sigmoid(score)."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial.objective import Objective, Smoothing

__all__ = ["Logistic", "Minimax", "NonSaturating"]


@dataclass(frozen=True, kw_only=True)
class Logistic(Objective):
    """The discriminator of the logistic games: ``-E log D(real) - E log(1 - D(fake))``, ``2 ln 2`` at equality.

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" judges with ``D(a, b) = sigmoid(a - mean(b))``, "paired" with ``sigmoid(a - b)``.
    """

    smoothing: Smoothing = 0.0

    def real_loss(self, score: Tensor) -> Tensor:
        """``-log D``, of smoothed targets."""
        return _cross_entropy(score, 1 - self.smoothing)

    def fake_loss(self, score: Tensor) -> Tensor:
        """``-log(1 - D)``."""
        return _cross_entropy(score, 0.0)


@dataclass(frozen=True, kw_only=True)
class Minimax(Logistic):
    """The value function itself (Goodfellow et al. 2014, Eq. 1); saturates where the discriminator wins.

    The generator minimises ``E log(1 - D(fake))``. At equality the discriminator's loss is ``2 ln 2``, D = 1/2.

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" judges with ``D(a, b) = sigmoid(a - mean(b))``, "paired" with ``sigmoid(a - b)``; the
            generator's loss is minus the discriminator's (without smoothing), its real part included.
    """

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``log(1 - D)``, which is at most 0."""
        return -_cross_entropy(score, 0.0)


@dataclass(frozen=True, kw_only=True)
class NonSaturating(Logistic):
    """The logistic game of SRGAN (Ledig et al. 2017, Eq. 6): the generator minimises ``-E log D(fake)``.

    At equality the discriminator's loss is ``2 ln 2`` and the generator's ``ln 2`` (relativistic: ``2 ln 2``).

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" is ESRGAN's game: ``-E log D(real, fake) - E log(1 - D(fake, real))`` with
            ``D(a, b) = sigmoid(a - mean(b))``, mirrored for the generator (BasicSR's generator has half of it);
            "paired" compares each place with its partner, ``2 softplus(fake - real)`` in the mean: twice RpGAN's loss.
    """

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-log D``."""
        return _cross_entropy(score, 1.0)


def _cross_entropy(score: Tensor, target: float) -> Tensor:
    """``-target log D - (1 - target) log(1 - D)``; D never appears, so that nothing overflows or cancels."""
    return target * F.softplus(-score) + (1 - target) * F.softplus(score)
