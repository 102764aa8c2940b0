"""Adversarial objectives over raw scores and gradient penalties, listed by the name that run files use.

Objectives and penalties are small frozen objects; their keyword arguments are the options of the run file. They hold
formulas only: which step they belong to, their weights and how often a penalty is due is the trainer's business.
"""

from typing import Any

from srgan.adversarial.adaptive import AdaptiveProbability, overfitting
from srgan.adversarial.advantage import advantage
from srgan.adversarial.augmentation import Augmentation, DiffAugment
from srgan.adversarial.classes import classification_loss
from srgan.adversarial.encoding import correlation, standardised
from srgan.adversarial.f_divergence import Divergence, FGan
from srgan.adversarial.feature_means import feature_means
from srgan.adversarial.hinge import Hinge
from srgan.adversarial.instance_noise import falling, instance_noise
from srgan.adversarial.least_squares import LeastSquares
from srgan.adversarial.logistic import Logistic, Minimax, NonSaturating
from srgan.adversarial.maximum_likelihood import MaximumLikelihood
from srgan.adversarial.objective import Objective, Smoothing
from srgan.adversarial.packing import pack
from srgan.adversarial.penalties import (
    R1,
    R2,
    Dragan,
    GradientPenalty,
    MatchingAware,
    Penalty,
    Sample,
    Score,
    WassersteinDivergence,
    picture_gradient,
)
from srgan.adversarial.pool import SamplePool
from srgan.adversarial.quadratic_potential import QuadraticPotential
from srgan.adversarial.relativistic import Relativistic, batch_mean, compare, process_mean
from srgan.adversarial.unrolling import adam_rates, unrolled
from srgan.adversarial.wasserstein import Wasserstein
from srgan.config import find_part

__all__ = [
    "OBJECTIVES",
    "PENALTIES",
    "R1",
    "R2",
    "AdaptiveProbability",
    "Augmentation",
    "DiffAugment",
    "Divergence",
    "Dragan",
    "FGan",
    "GradientPenalty",
    "Hinge",
    "LeastSquares",
    "Logistic",
    "MatchingAware",
    "MaximumLikelihood",
    "Minimax",
    "NonSaturating",
    "Objective",
    "Penalty",
    "QuadraticPotential",
    "Relativistic",
    "Sample",
    "SamplePool",
    "Score",
    "Smoothing",
    "Wasserstein",
    "WassersteinDivergence",
    "adam_rates",
    "advantage",
    "batch_mean",
    "classification_loss",
    "compare",
    "correlation",
    "falling",
    "feature_means",
    "instance_noise",
    "make_objective",
    "make_penalty",
    "overfitting",
    "pack",
    "picture_gradient",
    "process_mean",
    "standardised",
    "unrolled",
]

OBJECTIVES: dict[str, type[Objective]] = {
    "fgan": FGan,
    "hinge": Hinge,
    "lsgan": LeastSquares,
    "minimax": Minimax,
    "mle": MaximumLikelihood,
    "nonsaturating": NonSaturating,
    "qp": QuadraticPotential,
    "wgan": Wasserstein,
}

PENALTIES: dict[str, type[Penalty]] = {
    "div": WassersteinDivergence,
    "dragan": Dragan,
    "gp": GradientPenalty,
    "magp": MatchingAware,
    "r1": R1,
    "r2": R2,
}


def make_objective(table: dict[str, Any]) -> Objective:
    """The objective of a checked table ``{kind = "nonsaturating", relativistic = "average"}``."""
    options = dict(table)
    return find_part(OBJECTIVES, options.pop("kind"), key="adversarial.objective.kind")(**options)


def make_penalty(table: dict[str, Any]) -> Penalty:
    """The penalty of a checked table ``{kind = "r1", gamma = 2.5}``."""
    options = dict(table)
    return find_part(PENALTIES, options.pop("kind"), key="adversarial.penalty.kind")(**options)
