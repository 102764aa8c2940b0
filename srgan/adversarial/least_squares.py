"""The least-squares game."""

from dataclasses import dataclass

from torch import Tensor

from srgan.adversarial.objective import Objective, Smoothing
from srgan.adversarial.relativistic import Relativistic, compare

__all__ = ["LeastSquares"]


@dataclass(frozen=True, kw_only=True)
class LeastSquares(Objective):
    """LSGAN (Mao et al. 2017, Eq. 9): real scores are drawn to 1, fake ones to 0; the generator draws its own to 1.

    Each term is half a mean square: at equality all scores are 1/2 and the discriminator's loss is 1/4.

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" judges ``1/2 + score - mean of the other side`` (RaLSGAN, Jolicoeur-Martineau 2018, in
            the coding 0, 1 instead of the paper's -1, 1: at half the scores, a quarter of the squares); "paired" judges
            ``1/2 + score - score of the partner``. At equality both players then have 1/4.
    """

    smoothing: Smoothing = 0.0
    relativistic: Relativistic = None

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """``1/2 E (real - 1)^2 + 1/2 E fake^2``."""
        real, fake = compare(real, fake, self.relativistic, undecided=0.5)
        return _half_square(real, 1 - self.smoothing) + _half_square(fake, 0.0)

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """``1/2 E (fake - 1)^2``; relativistic: and ``1/2 E real^2``."""
        if self.relativistic is None:
            return _half_square(fake, 1.0)
        real, fake = compare(real, fake, self.relativistic, undecided=0.5)
        return _half_square(fake, 1.0) + _half_square(real, 0.0)


def _half_square(scores: Tensor, target: float) -> Tensor:
    return 0.5 * ((scores - target) ** 2).mean()
