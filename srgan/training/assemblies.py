"""The task of a run, put together."""

from srgan.training.assembly import Assembly
from srgan.training.embedding_assembly import EmbeddingAssembly
from srgan.training.generation_assembly import GenerationAssembly
from srgan.training.run import Run
from srgan.training.super_resolution_assembly import SuperResolutionAssembly
from srgan.training.text_to_image_assembly import TextToImageAssembly
from srgan.training.translation_assembly import TranslationAssembly

__all__ = ["ASSEMBLIES", "make_assembly"]

ASSEMBLIES: dict[str, type[Assembly]] = {
    "generation": GenerationAssembly,
    "joint_embedding": EmbeddingAssembly,
    "paired_translation": TranslationAssembly,
    "super_resolution": SuperResolutionAssembly,
    "text_to_image": TextToImageAssembly,
    "unpaired_translation": TranslationAssembly,
}


def make_assembly(run: Run) -> Assembly:
    """The parts of a run.

    Raises:
        UsageError: its options do not go together, or a file that they name cannot be used.
    """
    return ASSEMBLIES[run.task](run)
