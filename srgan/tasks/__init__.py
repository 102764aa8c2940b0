"""Tasks: what is learnt. A task returns named losses; only the trainer calls backward, step and save."""

from srgan.tasks.codec import Codec
from srgan.tasks.generation import Generation, GenerationModel
from srgan.tasks.super_resolution import SuperResolution
from srgan.tasks.task import Round, Task, parts_of
from srgan.tasks.terms import WeightedLoss, weighted_terms

__all__ = [
    "Codec",
    "Generation",
    "GenerationModel",
    "Round",
    "SuperResolution",
    "Task",
    "WeightedLoss",
    "parts_of",
    "weighted_terms",
]
