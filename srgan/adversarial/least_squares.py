"""The least-squares game."""

from dataclasses import dataclass

from torch import Tensor

from srgan.adversarial.objective import Objective, Smoothing

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

    @property
    def undecided(self) -> float:
        """Half-way between the targets."""
        return 0.5

    def real_loss(self, score: Tensor) -> Tensor:
        """``1/2 (score - 1)^2``, of smoothed targets."""
        return _half_square(score, 1 - self.smoothing)

    def fake_loss(self, score: Tensor) -> Tensor:
        """``1/2 score^2``."""
        return _half_square(score, 0.0)

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``1/2 (score - 1)^2``."""
        return _half_square(score, 1.0)

    def yielding_loss(self, score: Tensor) -> Tensor:
        """``1/2 score^2``: `fooling_loss` of ``1 - score`` without its rounding."""
        return _half_square(score, 0.0)


def _half_square(score: Tensor, target: float) -> Tensor:
    return 0.5 * (score - target) ** 2
