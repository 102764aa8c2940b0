"""Tasks: what is learnt. A task returns named losses; only the trainer calls backward, step and save."""

from srgan.tasks.codec import Codec
from srgan.tasks.generation import Generation, GenerationModel
from srgan.tasks.joint_embedding import EmbeddingModel, JointEmbedding, contrast
from srgan.tasks.super_resolution import SuperResolution
from srgan.tasks.task import Round, Task, parts_of
from srgan.tasks.terms import WeightedLoss, weighted_terms
from srgan.tasks.text_to_image import TextToImage, TextToImageModel
from srgan.tasks.translation import PairedTranslation, TranslationModel
from srgan.tasks.unpaired_translation import ContrastiveTranslation, CycleTranslation

__all__ = [
    "Codec",
    "ContrastiveTranslation",
    "CycleTranslation",
    "EmbeddingModel",
    "Generation",
    "GenerationModel",
    "JointEmbedding",
    "PairedTranslation",
    "Round",
    "SuperResolution",
    "Task",
    "TextToImage",
    "TextToImageModel",
    "TranslationModel",
    "WeightedLoss",
    "contrast",
    "parts_of",
    "weighted_terms",
]
