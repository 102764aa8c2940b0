"""How samples are shown to the discriminator: augmented, noisy, several at once."""

from typing import Any

import torch
from torch import Tensor

from srgan.adversarial import AdaptiveProbability, Augmentation, DiffAugment, Sample, falling, instance_noise, pack
from srgan.tasks import Round
from srgan.training.game import Judge
from srgan.training.sections import AdversarialSection

__all__ = ["Presentation"]


class Presentation:
    """Changes real and generated samples alike, differentiably, before the discriminator sees them.

    Args:
        section: the run file's table.
    """

    def __init__(self, section: AdversarialSection) -> None:
        self._packing, self._noise, self._until = section.packing, section.noise, section.noise_until
        self._augment = DiffAugment(policies=tuple(section.augment)) if section.augment else None
        self.adaptive = None if section.adaptive is None else AdaptiveProbability(target=section.adaptive)

    def __call__(self, round_: Round, progress: float) -> tuple[Sample, Sample]:
        """What is shown of a round: the real and the fake side.

        Args:
            round_: samples and conditions.
            progress: share of the stage that is done; noise falls with it.
        """
        condition, other = round_.conditions
        real, fake = Sample(round_.real, condition), Sample(round_.fake, other)
        if self._augment is not None:
            chance = 1.0 if self.adaptive is None else self.adaptive.probability
            # The same change for partners: games that compare them go on comparing like with like.
            change = self._augment.draw(round_.real, chance)
            real, fake = (_changed(sample, change) for sample in (real, fake))
        sigma = falling(self._noise, progress, self._until) if self._noise else 0.0
        if sigma:
            real, fake = (Sample(instance_noise(sample.picture, sigma), sample.condition) for sample in (real, fake))
        if self._packing > 1:
            real, fake = (_packed(sample, self._packing) for sample in (real, fake))
        return real, fake

    def opened(self, judge: Judge) -> Judge:
        """A discriminator that takes what is shown: packs are one picture to the game, but not to networks."""
        if self._packing == 1:
            return judge
        return lambda picture, condition=None: judge(*_beside(picture, condition))

    def state(self) -> dict[str, Any]:
        """JSON values for a checkpoint."""
        return {} if self.adaptive is None else {"augmentation": self.adaptive.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        if self.adaptive is not None:
            self.adaptive.restore(state["augmentation"])


def _changed(sample: Sample, change: Augmentation) -> Sample:
    picture, condition = sample
    if condition is None or condition.ndim == 2:
        return Sample(change(picture), condition)
    if condition.shape[1] % 3:  # not pictures: they only move
        return Sample(change(picture), change.move(condition))
    both = change(torch.cat([picture, condition], 1))
    return Sample(both[:, :3], both[:, 3:])


def _packed(sample: Sample, count: int) -> Sample:
    picture, condition = sample
    return Sample(pack(picture, count), None if condition is None else pack(condition, count))


def _beside(picture: Tensor, condition: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """A pack as discriminators take it: the first picture, and beside it the others and all conditions as maps."""
    if picture.ndim == 2:  # points
        return picture, condition
    first, others = picture[:, :3], picture[:, 3:]
    if condition is None:
        return first, others
    if condition.ndim == 2:
        condition = condition[:, :, None, None].expand(-1, -1, *picture.shape[-2:])
    return first, torch.cat([others, condition], 1)
