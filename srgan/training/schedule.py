"""Learning rates over time."""

import math
from collections.abc import Sequence
from typing import Literal

__all__ = ["constant", "learning_rate", "multistep", "warmup_cosine"]


def learning_rate(
    kind: Literal["cosine", "multistep", "constant"],
    step: float,
    *,
    steps: int,
    warmup: int,
    peak: float,
    final: float,
    milestones: Sequence[float],
    gamma: float,
) -> float:
    """The rate of one step under the schedule of that name; the arguments are those of the functions below."""
    if kind == "cosine":
        return warmup_cosine(step, steps=steps, warmup=warmup, peak=peak, final=min(final, peak))
    if kind == "multistep":
        return multistep(step, steps=steps, warmup=warmup, peak=peak, milestones=milestones, gamma=gamma)
    return constant(step, warmup=warmup, peak=peak)


def warmup_cosine(step: float, *, steps: int, warmup: int, peak: float, final: float) -> float:
    """Linear warm-up, then half a cosine (Loshchilov & Hutter 2017, one period).

    Args:
        step: the step about to be made, from 0; may lie between two steps where the clock drives the schedule.
        steps: length of the training.
        warmup: steps until `peak` is reached.
        peak: highest rate.
        final: rate of the last step.
    """
    if step < warmup:
        return constant(step, warmup=warmup, peak=peak)
    progress = (step - warmup) / max(1, steps - 1 - warmup)
    return final + (peak - final) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))


def multistep(step: float, *, steps: int, warmup: int, peak: float, milestones: Sequence[float], gamma: float) -> float:
    """Linear warm-up, then `peak` times `gamma` for every milestone that is behind.

    Args:
        step: the step about to be made, from 0.
        steps: length of the training.
        warmup: steps until `peak` is reached.
        peak: highest rate.
        milestones: shares of `steps`.
        gamma: factor.
    """
    passed = sum(step >= share * steps for share in milestones)
    return constant(step, warmup=warmup, peak=peak) * gamma**passed


def constant(step: float, *, warmup: int, peak: float) -> float:
    """Linear warm-up, then `peak`."""
    return peak * min(1.0, (step + 1) / warmup) if warmup else peak
