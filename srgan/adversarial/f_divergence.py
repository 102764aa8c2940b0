"""The games of f-divergences."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial.exponential import tame
from srgan.adversarial.objective import Objective

__all__ = ["Divergence", "FGan"]

Divergence = Literal["kl", "reverse_kl", "pearson", "hellinger", "js", "gan"]
"""D(p || q) of data p and fakes q: E_q f(p / q)."""


class _Formulas(NamedTuple):
    """Of one divergence, as functions of the raw score v.

    activation: g, the critic T = g(v), whose range is the domain of the conjugate f*.
    conjugate: f*(g(v)), in the form that neither overflows nor cancels.
    undecided: the v at which T is f'(1), its optimum where p = q.
    """

    activation: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    undecided: float = 0.0


# Nowozin et al. 2016, Tables 1, 2 and 6. Where an exponential occurs, v is tamed first in both functions: any
# increasing v -> T into the domain is as good an activation, and the bound stays a bound.
_FORMULAS: dict[Divergence, _Formulas] = {
    # f = u log u; f* = exp(t - 1)
    "kl": _Formulas(tame, lambda v: torch.exp(tame(v) - 1), undecided=1.0),
    # f = -log u; T = -exp(-v), f* = -1 - log(-t)
    "reverse_kl": _Formulas(lambda v: -torch.exp(-tame(v)), lambda v: tame(v) - 1),
    # f = (u - 1)^2; f* = t^2 / 4 + t
    "pearson": _Formulas(lambda v: v, lambda v: v * (v / 4 + 1)),
    # f = (sqrt u - 1)^2; T = 1 - exp(-v), f* = t / (1 - t)
    "hellinger": _Formulas(lambda v: -torch.expm1(-tame(v)), lambda v: torch.expm1(tame(v))),
    # f = u log u - (u + 1) log((1 + u) / 2); T = log 2 - log(1 + exp(-v)), f* = -log(2 - exp t)
    "js": _Formulas(lambda v: math.log(2) - F.softplus(-v), lambda v: F.softplus(v) - math.log(2)),
    # f = u log u - (u + 1) log(u + 1); T = -log(1 + exp(-v)), f* = -log(1 - exp t)
    "gan": _Formulas(lambda v: -F.softplus(-v), F.softplus),
}


@dataclass(frozen=True, kw_only=True)
class FGan(Objective):
    """f-GAN (Nowozin, Cseke and Tomioka 2016): critic and generator play for ``E_p T - E_q f*(T)``, ``T = g(score)``.

    The critic maximises it, and at its best it is the divergence of data p and fakes q; the generator minimises it. The
    critic's loss is minus a lower bound of the divergence (Eq. 4 of the paper), an estimate only on pictures that the
    critic was not trained on.

    Args:
        divergence: "kl" KL(p || q), which covers all modes; "reverse_kl" KL(q || p), which picks some; "pearson"
            chi squared; "hellinger" the squared distance without the factor 1/2; "js" twice the Jensen-Shannon
            divergence; "gan" the same less ln 4: the minimax game.
        saturating: true is the game as above, one value for both players. False exchanges the labels in the
            generator's loss, which becomes ``-E_q T`` (section 3.2 of the paper) and has a gradient where the critic
            wins: "gan" is the non-saturating game then.
        relativistic: "average" judges ``score - mean of the other side``, "paired" ``score - score of the partner``
            (for "kl" plus 1, the score of the undecided).
    """

    divergence: Divergence = "kl"
    saturating: bool = True

    @property
    def undecided(self) -> float:
        """1 for "kl", else 0."""
        return _FORMULAS[self.divergence].undecided

    def real_loss(self, score: Tensor) -> Tensor:
        """``-T``."""
        return -_FORMULAS[self.divergence].activation(score)

    def fake_loss(self, score: Tensor) -> Tensor:
        """``f*(T)``."""
        return _FORMULAS[self.divergence].conjugate(score)

    def fooling_loss(self, score: Tensor) -> Tensor:
        """``-f*(T)``, or ``-T`` where not saturating."""
        return -self.fake_loss(score) if self.saturating else self.real_loss(score)

    def yielding_loss(self, score: Tensor) -> Tensor:
        """``T``, or ``f*(T)`` where not saturating."""
        return -self.real_loss(score) if self.saturating else self.fake_loss(score)
