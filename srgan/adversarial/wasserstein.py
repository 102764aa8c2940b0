"""The Wasserstein game."""

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from srgan.adversarial.objective import Objective

__all__ = ["Wasserstein"]


@dataclass(frozen=True, kw_only=True)
class Wasserstein(Objective):
    """WGAN (Arjovsky, Chintala and Bottou 2017): the difference of the mean scores, ``E fake - E real``.

    It only means something while the critic's slope is bounded: by `clip` as in that paper, or by a penalty ("gp" is
    WGAN-GP, "div" WGAN-div) or spectral normalisation. Nothing pulls the level of the scores anywhere.

    Args:
        clip: after each of its steps the critic's parameters are clamped to plus and minus this; the paper has 0.01.
        relativistic: exactly twice the same game (Jolicoeur-Martineau 2018, section 4: integral probability metrics
            are relativistic as they stand).
    """

    clip: Annotated[float, Field(gt=0)] | None = None

    def real_loss(self, score: Tensor) -> Tensor:
        """``-score``."""
        return -score

    def fake_loss(self, score: Tensor) -> Tensor:
        """``score``."""
        return score

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-score``."""
        return -score

    @torch.no_grad()
    def project(self, network: nn.Module) -> None:
        """Clamp all parameters to [-clip, clip]."""
        if self.clip is not None:
            for parameter in network.parameters():
                parameter.clamp_(-self.clip, self.clip)
