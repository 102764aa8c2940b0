"""What is measured of one generator."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from pipelines.judging.drawings import NearestDrawings, nearest_drawings, psnr_each
from pipelines.judging.estimates import Estimate, mean_of
from pipelines.judging.generators import Subject, one_hot, pixels_of, tensor_of
from pipelines.judging.references import References
from srgan.adversarial import correlation

__all__ = ["Coding", "Judgement", "judge"]

SUSPICIOUS = 0.95
"""Quantile of what held-out pictures gain by their nearest training drawing; samples that gain more are counted."""


@dataclass(frozen=True)
class Coding:
    """What the encoder of a generator is good for.

    Attributes:
        reconstructions: of the held-out pictures, ``(N, size, size, 3)``.
        psnr: of these, ``(N,)`` in dB.
        correlation: of latent vectors with the codes of what is made of them.
    """

    reconstructions: NDArray[np.uint8]
    psnr: NDArray[np.float64]
    correlation: Estimate


@dataclass(frozen=True)
class Judgement:
    """The scores of a generator.

    Attributes:
        subject: which.
        samples: what it made of random numbers, ``(N, size, size, 3)``.
        distance: the kernel distance of these from the held-out pictures.
        neighbours: the training drawing nearest to each of the first samples, on the colour that suits it best.
        suspicious: share of these samples that have more of a training drawing (by its gain over a plain colour) than
            95 of 100 held-out pictures have; about 0.05 at most where nothing is known by heart.
        coding: None without an encoder.
    """

    subject: Subject
    samples: NDArray[np.uint8]
    distance: Estimate
    neighbours: NearestDrawings
    suspicious: float
    coding: Coding | None


def judge(
    subject: Subject, references: References, *, samples: int, seed: int, say: Callable[[str], None]
) -> Judgement:
    """Measure a generator.

    Args:
        subject: the generator.
        references: the pictures that it is compared with. As many samples as there are held-out pictures are looked up
            among the training pictures.
        samples: how many it makes; they are asked for the classes of the held-out pictures, in turn.
        seed: of the latent vectors.
        say: told what is being computed.
    """
    model, held_out = subject.model, references.held_out
    say(f"{subject.name}: {samples} samples")
    latents = model.draw(samples, random=torch.Generator().manual_seed(seed))
    made = subject.generate(latents, one_hot(np.resize(held_out.labels, samples), model.classes))
    distance = references.distance(made)
    say(f"{subject.name}: their nearest training pictures")
    neighbours = nearest_drawings(made[: len(held_out)], references.training.drawings)
    bound = np.quantile(references.baselines.any_colour.gain, SUSPICIOUS)
    coding = None
    if subject.codec is not None:
        say(f"{subject.name}: reconstructions of {len(held_out)} held-out pictures")
        whole = subject.codec.reconstruct(tensor_of(held_out.laid), one_hot(held_out.labels, model.classes))
        pictures = pixels_of(whole)
        codes = subject.codec.encode(tensor_of(made))
        agreement = correlation(latents, codes).double().numpy()
        coding = Coding(pictures, psnr_each(pictures, held_out.laid), mean_of(agreement))
    return Judgement(subject, made, distance, neighbours, float(np.mean(neighbours.gain > bound)), coding)
