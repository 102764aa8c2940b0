"""Adversarial objectives over raw scores and gradient penalties, listed by the name that run files use.

Objectives and penalties are small frozen objects; their keyword arguments are the options of the run file. They hold
formulas only: which step they belong to, their weights and how often a penalty is due is the trainer's business.
"""

from typing import Any

from srgan.adversarial.advantage import advantage
from srgan.adversarial.hinge import Hinge
from srgan.adversarial.least_squares import LeastSquares
from srgan.adversarial.logistic import Minimax, NonSaturating
from srgan.adversarial.objective import Objective, Smoothing
from srgan.adversarial.penalties import R1, R2, Penalty, Score, picture_gradient
from srgan.adversarial.relativistic import Relativistic, batch_mean, compare

__all__ = [
    "OBJECTIVES",
    "PENALTIES",
    "R1",
    "R2",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "Objective",
    "Penalty",
    "Relativistic",
    "Score",
    "Smoothing",
    "advantage",
    "batch_mean",
    "compare",
    "make_objective",
    "make_penalty",
    "picture_gradient",
]

OBJECTIVES: dict[str, type[Objective]] = {
    "hinge": Hinge,
    "lsgan": LeastSquares,
    "minimax": Minimax,
    "nonsaturating": NonSaturating,
}

PENALTIES: dict[str, type[Penalty]] = {
    "r1": R1,
    "r2": R2,
}


def make_objective(table: dict[str, Any]) -> Objective:
    """The objective of a checked table ``{kind = "nonsaturating", relativistic = "average"}``."""
    options = dict(table)
    return OBJECTIVES[options.pop("kind")](**options)


def make_penalty(table: dict[str, Any]) -> Penalty:
    """The penalty of a checked table ``{kind = "r1", gamma = 2.5}``."""
    options = dict(table)
    return PENALTIES[options.pop("kind")](**options)
