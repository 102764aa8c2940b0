"""How well samples imitate a problem: modes found, good samples, their balance."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.special import entr

from pipelines.laboratory.problems import Problem

__all__ = ["SAMPLES", "Scores", "score"]

SAMPLES = 2500
"""Samples that are scored: a mode counts as found if a single good one of them is there (Lin et al. 2018, PacGAN)."""

_DIRECTIONS = 64


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Of one set of samples.

    Attributes:
        modes: found, with at least one good sample.
        good: share of good samples, of "high quality", in percent.
        reverse_kl: Kullback-Leibler divergence of the good samples' modes from the truth, natural logarithm; the truth
            itself gives about (modes - 1) / (2 samples). None where no sample is good.
        spread: deviation of good samples from the middle of their mode, or from the curve, over that of true ones; 1 is
            right, less is too narrow. None where there is no noise.
        distance: sliced Wasserstein-1 distance from true samples, in the problem's standard deviations.
    """

    modes: int
    good: float
    reverse_kl: float | None
    spread: float | None
    distance: float


def score(samples: Tensor, problem: Problem) -> Scores:
    """Measure samples.

    Args:
        samples: ``(N, n)`` in the problem's units; not finite ones count as bad.
        problem: what they imitate.
    """
    samples = samples.nan_to_num(nan=1e6, posinf=1e6, neginf=-1e6)
    near, which = torch.cdist(samples, problem.anchors).min(1)
    good = near <= problem.reach
    cells = problem.cells[which][good]
    counts = torch.bincount(cells, minlength=problem.modes).double()
    divergence = None
    if good.any():
        shares = counts / counts.sum()
        divergence = float(-entr(shares).sum() - torch.xlogy(shares, problem.truth).sum())
    return Scores(
        modes=int((counts > 0).sum()),
        good=100.0 * float(good.double().mean()),
        reverse_kl=divergence,
        spread=_spread(samples[good], which[good], problem),
        distance=_sliced(samples, problem),
    )


def _spread(samples: Tensor, which: Tensor, problem: Problem) -> float | None:
    if problem.sigma is None or not len(samples):
        return None
    if problem.directions == 1:
        deviation = (samples - problem.anchors[which]).square().sum(1).mean().sqrt()
        true = problem.sigma
    else:
        # Around their own middle: a mode that is narrow and a little beside its place is not wide.
        variances = [samples[which == cell].var(0, correction=0) for cell in set(which.tolist())]
        deviation = torch.stack(variances).mean().sqrt()
        # What is cut off at three sigma is missing from the truth as well.
        true = problem.sigma * math.sqrt(1 - 4.5 * math.exp(-4.5) / (1 - math.exp(-4.5)))
    return float(deviation / true)


def _sliced(samples: Tensor, problem: Problem) -> float:
    random = torch.Generator().manual_seed(0)
    truth = problem.draw(len(samples), random)
    directions = torch.randn(problem.dimension, _DIRECTIONS, generator=random)
    directions = directions / directions.norm(dim=0)
    ours, theirs = ((points @ directions).sort(0).values for points in (samples, truth))
    return float((ours - theirs).abs().mean()) / problem.scale
