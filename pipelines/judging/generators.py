"""The generators that are judged: loaded, and asked for pictures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from srgan.errors import UsageError
from srgan.networks import LatentGenerator
from srgan.tasks import Codec
from srgan.training import read_model
from srgan.training.generation_models import load_codec, load_generation
from srgan.training.starting import find_model

__all__ = ["Subject", "load_subjects", "one_hot", "pixels_of", "tensor_of"]

_CHUNK = 64


@dataclass(frozen=True)
class Subject:
    """A trained generator.

    Attributes:
        name: of the run, with the step where two are of one run.
        step: training steps.
        latents: where latent vectors come from: a prior, or the learnt ones' distribution.
        model: in eval mode.
        codec: where it has an encoder.
    """

    name: str
    step: int
    latents: Literal["drawn", "learnt"]
    model: LatentGenerator
    codec: Codec | None = None

    def generate(self, latents: Tensor, condition: Tensor | None) -> NDArray[np.uint8]:
        """Pictures ``(N, size, size, 3)`` of latent vectors and classes."""
        parts = torch.split(latents, _CHUNK)
        conditions = [None] * len(parts) if condition is None else torch.split(condition, _CHUNK)
        with torch.inference_mode():
            return np.concatenate([pixels_of(self.model(*pair)) for pair in zip(parts, conditions, strict=True)])


def load_subjects(sources: list[Path], *, say: Callable[[str], None]) -> list[Subject]:
    """Load the averaged networks of runs, checkpoints or files.

    Args:
        sources: of runs of generation, all of pictures of one size and number of classes.
        say: told which have no encoder, and why.

    Raises:
        UsageError: one cannot be loaded, is another size, or is given twice.
    """
    loaded = [_load(source, say) for source in sources]
    made = {(subject.model.size, subject.model.classes) for subject in loaded}
    if len(made) > 1:
        shown = ", ".join(f"{one.name}: {one.model.size} pixels, {one.model.classes} classes" for one in loaded)
        raise UsageError(f"only generators of the same size and classes are judged together ({shown})")
    known = [subject.name for subject in loaded]
    named = [
        subject if known.count(subject.name) == 1 else replace(subject, name=f"{subject.name}-{subject.step:06d}")
        for subject in loaded
    ]
    twice = sorted({one.name for one in named if [other.name for other in named].count(one.name) > 1})
    if twice:
        raise UsageError(f"{', '.join(twice)}: given more than once, or other runs of the same name")
    return named


def one_hot(labels: NDArray[np.int64], classes: int) -> Tensor | None:
    """Conditions ``(N, classes)``; None without classes. Pictures of no class get all of them in turn."""
    if not classes:
        return None
    known = torch.from_numpy(labels)
    return F.one_hot(torch.where(known < 0, torch.arange(len(known)) % classes, known), classes).float()


def tensor_of(pictures: NDArray[np.uint8]) -> Tensor:
    """``(N, H, W, 3)`` uint8 to ``(N, 3, H, W)`` in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float() / 255.0


def pixels_of(pictures: Tensor) -> NDArray[np.uint8]:
    """``(N, 3, H, W)`` to ``(N, H, W, 3)`` uint8."""
    return np.ascontiguousarray(pictures.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).numpy())


def _load(source: Path, say: Callable[[str], None]) -> Subject:
    # A run may still be training: everything is of the one checkpoint that is newest now.
    file = find_model(source)
    described = read_model(file)[1]
    model = load_generation(file)
    name, step = described["name"], described["step"]
    folder = file.parent if (file.parent / "resume.safetensors").is_file() else file
    codec = None
    try:
        codec = load_codec(folder)
    except UsageError as error:
        say(f"{name}: pictures are not reconstructed, {error}")
    return Subject(name, step, "drawn" if model.codes is None else "learnt", model, codec)
