"""Learning rates over time."""

import math

__all__ = ["warmup_cosine"]


def warmup_cosine(step: int, *, steps: int, warmup: int, peak: float, final: float) -> float:
    """Linear warm-up, then half a cosine (Loshchilov & Hutter 2017, one period).

    Args:
        step: the step about to be made, from 0.
        steps: length of the training.
        warmup: steps until `peak` is reached.
        peak: highest rate.
        final: rate of the last step.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - 1 - warmup)
    return final + (peak - final) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
