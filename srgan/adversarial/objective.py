"""What every adversarial objective offers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from srgan.adversarial.relativistic import Relativistic, compare

__all__ = ["Objective", "Smoothing"]

Smoothing = Annotated[float, Field(ge=0, lt=0.5)]
"""One-sided label smoothing (Salimans et al. 2016, section 3.4): the target of real pictures is 1 less this much.

Only the discriminator sees it. The target of fakes stays 0, or nothing would pull the generator away from where there
are fakes and no data.
"""


@dataclass(frozen=True, kw_only=True)
class Objective(ABC):
    """A game on raw scores (logits or critics, never probabilities); a higher score says "real". Both players minimise.

    Scores are tensors of any shape, float32 or wider, `real` and `fake` of the same shape. A game is four functions of
    single scores, `real_loss` and `fake_loss` of the discriminator, `fooling_loss` and `yielding_loss` of whoever plays
    against it; the losses are means of them over all positions. The discriminator's loss is the *sum* of its real and
    its fake part (not their half).

    Args:
        relativistic: plays the same game on differences of scores in place of scores (Jolicoeur-Martineau 2018):
            "average" takes the mean of the other side off each score, "paired" the score of the partner. The generator
            then has a real part, too.
    """

    relativistic: Relativistic = None

    @property
    def undecided(self) -> float:
        """The score at which neither side is favoured."""
        return 0.0

    @property
    def compares(self) -> bool:
        """Whether the generator's loss looks at the scores of real pictures; if not, they need not be computed."""
        return self.relativistic is not None

    @abstractmethod
    def real_loss(self, score: Tensor) -> Tensor:
        """What the discriminator pays for scores of real pictures, element by element."""

    @abstractmethod
    def fake_loss(self, score: Tensor) -> Tensor:
        """What the discriminator pays for scores of fakes, element by element."""

    @abstractmethod
    def fooling_loss(self, score: Tensor) -> Tensor:
        """What the generator pays for scores of its fakes, element by element."""

    def yielding_loss(self, score: Tensor) -> Tensor:
        """What its opponent pays for scores of real pictures, element by element, so that these come to look fake.

        The generator of a relativistic game pays it, and an encoder that makes half of each real pair. It is
        `fooling_loss` reflected about the undecided score.
        """
        return self.fooling_loss(2 * self.undecided - score)

    def discriminator_loss(
        self, real: Tensor, fake: Tensor, *, distance: Tensor | None = None, wrong: Tensor | None = None
    ) -> Tensor:
        """The discriminator's loss; no gradient should go on to the generator (detach the fakes).

        Args:
            real: scores of real pictures.
            fake: scores of fakes.
            distance: what `distance` gave for them, ``(B,)``; most games need none.
            wrong: scores of real pictures under a condition that is not theirs. They are a second kind of fakes, and
                each kind counts half (GAN-CLS, Reed et al. 2016, Algorithm 1): where the fakes are perfect, matched
                pairs are undecided between weights 1 and 1/2, which is a probability of 2/3 in the logistic games.

        Returns:
            A scalar.

        Raises:
            ValueError: `wrong` in a relativistic game, in which a fake is compared with its real counterpart: a wrong
                pair has none.
        """
        if wrong is not None:
            if self.relativistic is not None:
                raise ValueError("a relativistic game compares real with fake: it has no place for wrong pairs")
            return self.real_loss(real).mean() + 0.5 * (self.fake_loss(wrong).mean() + self.fake_loss(fake).mean())
        real, fake = compare(real, fake, self.relativistic, undecided=self.undecided)
        return self.real_loss(real).mean() + self.fake_loss(fake).mean()

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """The generator's loss, a scalar; `real` is detached and only matters where the game `compares`."""
        if self.relativistic is None:
            return self.fooling_loss(fake).mean()
        real, fake = compare(real, fake, self.relativistic, undecided=self.undecided)
        return self.fooling_loss(fake).mean() + self.yielding_loss(real).mean()

    def encoder_loss(self, real: Tensor) -> Tensor:
        """The loss of whoever makes a part of the real pairs, a scalar (BiGAN, Donahue et al. 2017, Eq. 3).

        The encoder gives pictures their codes, the generator gives codes their pictures, and both fool the
        discriminator: what the encoder makes should look like what the generator makes.
        """
        return self.yielding_loss(real).mean()

    def distance(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor | None:
        """How far the items that were scored lie apart, ``(B,)``, where the game needs to know; else None.

        Args:
            real: what made up each real item, ``(B, ...)`` each: the picture, and the code where there is one.
            fake: the same of the fakes, in the same order.
        """
        return None

    def project(self, network: nn.Module) -> None:  # noqa: B027  most games allow any parameters
        """Put the discriminator's parameters back where the game allows them, in place, after each of its steps."""
