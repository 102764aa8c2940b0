"""What a generator of known compositions is measured by."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipelines.compositions.measuring import between, shape_colours, whats_seen
from pipelines.compositions.shapes import COLOURS, COMBINATIONS, HELD_OUT, SHAPES, SHOWN, Combination, caption
from srgan.metrics import r_precision
from srgan.networks import Discriminator
from srgan.tasks import TextToImageModel
from srgan.training import read_checkpoint
from srgan.training.embedding_models import TrainedEmbedding
from srgan.training.parts import make_discriminator
from srgan.training.sample_validation import generated
from srgan.training.text_to_image_assembly import build_text_to_image
from srgan.training.text_to_image_run import TextToImageRun

__all__ = ["Player", "agreement", "game_values", "half_way", "load_player", "make"]

_INSIDE = (0.15, 0.85)
_CHUNK = 64
_ENDS = ("red", "blue")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Player:
    """Both sides of a finished game, in eval mode.

    Attributes:
        generator: averaged.
        discriminator: as it was at the end.
        reader: what the generator reads with.
    """

    generator: TextToImageModel
    discriminator: Discriminator
    reader: TrainedEmbedding


def load_player(checkpoint: Path, reader: TrainedEmbedding) -> Player:
    """Generator and discriminator of a checkpoint."""
    found = read_checkpoint(checkpoint)
    generator = build_text_to_image(found.metadata)
    generator.load_state_dict(found.model)
    run = TextToImageRun.model_validate(json.loads(found.metadata["training_run"]))
    stage = run.stages[0]
    assert stage.discriminator is not None
    discriminator = make_discriminator(stage.discriminator, **run.opponent(stage))
    prefix = "discriminator."
    discriminator.load_state_dict(
        {name.removeprefix(prefix): value for name, value in found.tensors.items() if name.startswith(prefix)}
    )
    return Player(generator.eval(), discriminator.eval(), reader)


def make(player: Player, sentences: NDArray[np.float32], samples: int) -> Pixels:
    """Pictures of sentences ``(N, D)``, ``(N, samples, side, side, 3)``; sample i has the same latent vector in all."""
    latents = player.generator.draw(samples, random=torch.Generator().manual_seed(0))
    asked = torch.from_numpy(sentences).repeat_interleave(samples, 0)
    made = generated(player.generator, latents.repeat(len(sentences), 1), asked)
    return made.reshape(len(sentences), samples, *made.shape[1:])


def agreement(pictures: Pixels, judge: TrainedEmbedding) -> dict[str, dict[str, float]]:
    """How often pictures show what they should, of shown and of held-out combinations apart.

    Args:
        pictures: ``(32, samples, side, side, 3)`` of all combinations in their order.
        judge: finds each caption among all 32.

    Returns:
        ``r_precision``, and what is seen without a network: ``colour`` and ``shape``. Chance is 1/32, 1/8 and 1/4.
    """
    samples = pictures.shape[1]
    flat = pictures.reshape(-1, *pictures.shape[2:])
    asked = np.repeat(np.arange(len(COMBINATIONS)), samples)
    others = np.stack([np.delete(np.arange(len(COMBINATIONS)), place) for place in asked])
    vectors, read = judge.pictures(flat), judge.sentences([caption(combination) for combination in COMBINATIONS])
    seen = whats_seen(flat)
    names = list(COLOURS)
    colours = np.array([names.index(combination.colour) for combination in COMBINATIONS])
    shapes = np.array([SHAPES.index(combination.shape) for combination in COMBINATIONS])
    found = {}
    for name, group in (("shown", SHOWN), ("held_out", HELD_OUT)):
        part = np.isin(asked, [COMBINATIONS.index(combination) for combination in group])
        found[name] = {
            "r_precision": r_precision(vectors[part], read, asked[part], others[part]),
            "colour": float((seen.colours == colours[asked])[part].mean()),
            "shape": float((seen.shapes == shapes[asked])[part].mean()),
        }
    return found


@torch.inference_mode()
def game_values(player: Player, pictures: Pixels, *, seed: int) -> dict[str, float]:
    """The mean probability with which the discriminator calls pictures real.

    Args:
        player: both sides.
        pictures: ``(28, N, side, side, 3)``, training pictures of the shown combinations in their order.
        seed: of latent vectors and wrong texts.

    Returns:
        ``matched`` under their own captions, ``mismatched`` under those of other combinations, and ``generated``: made
        of the former.
    """
    random = np.random.default_rng(seed)
    sentences = torch.from_numpy(player.reader.sentences([caption(combination) for combination in SHOWN]))
    flat = pictures.reshape(-1, *pictures.shape[2:])
    right = np.repeat(np.arange(len(SHOWN)), pictures.shape[1])
    wrong = (right + random.integers(1, len(SHOWN), len(right))) % len(SHOWN)
    latents = player.generator.draw(len(right), random=torch.Generator().manual_seed(seed))
    made = generated(player.generator, latents, sentences[right])
    return {
        "matched": _probability(player, flat, sentences[right]),
        "mismatched": _probability(player, flat, sentences[wrong]),
        "generated": _probability(player, made, sentences[right]),
    }


def half_way(player: Player, samples: int) -> dict[str, float]:
    """The colour of what is made of half a red and half a blue sentence, for each latent vector.

    Returns:
        ``share`` of pictures whose colour lies between 0.15 and 0.85 of the way from the red one's to the blue one's,
        and the ``mean`` place.
    """
    kept = [shape for shape in SHAPES if not {Combination(end, shape) for end in _ENDS} & set(HELD_OUT)]
    ends = [player.reader.sentences([caption(Combination(end, shape)) for shape in kept]) for end in _ENDS]
    ends.insert(1, np.mean(ends, axis=0, dtype=np.float32))
    first, middle, second = (shape_colours(_flat(make(player, sentences, samples))) for sentences in ends)
    places = between(first, middle, second)
    inside = (places > _INSIDE[0]) & (places < _INSIDE[1])
    return {"share": float(inside.mean()), "mean": float(places.mean())}


def _probability(player: Player, pictures: Pixels, sentences: Tensor) -> float:
    shown = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    parts = zip(torch.split(shown, _CHUNK), torch.split(sentences, _CHUNK), strict=True)
    return float(torch.cat([player.discriminator(*part).scores[0] for part in parts]).sigmoid().mean())


def _flat(pictures: Pixels) -> Pixels:
    return pictures.reshape(-1, *pictures.shape[2:])
