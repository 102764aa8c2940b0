"""Tasks: what is learnt. A task returns named losses; only the trainer calls backward, step and save."""

from srgan.tasks.super_resolution import SuperResolution, WeightedLoss

__all__ = ["SuperResolution", "WeightedLoss"]
