"""The game whose generator maximises likelihood."""

from dataclasses import dataclass

import torch
from torch import Tensor

from srgan.adversarial.exponential import tame
from srgan.adversarial.logistic import Logistic

__all__ = ["MaximumLikelihood"]


@dataclass(frozen=True, kw_only=True)
class MaximumLikelihood(Logistic):
    """The discriminator of the logistic game, and a generator that minimises ``-E exp(score)`` (Goodfellow 2014).

    The paper is "On distinguishability criteria for estimating generative models"; its author's tutorial of 2016,
    section 3.2.4, has half of the loss (the scale is free). At the optimal discriminator ``exp(score)`` is data over
    fakes, and the generator's gradient is that of KL(data || fakes). Few samples carry nearly all of it: its variance
    is high. Beyond a score of 20 the exponential goes on as its tangent there.

    Args:
        smoothing: taken off the target of real pictures.
        relativistic: "average" judges ``score - mean of the other side``, "paired" ``score - score of the partner``.
    """

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-exp(score) = -D / (1 - D)``."""
        return -torch.exp(tame(score))
