"""Trained generators back from checkpoints, and the encoders that were trained with them."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from srgan.errors import UsageError
from srgan.networks import ENCODERS, LATENT_GENERATORS, Discriminator
from srgan.tasks import Codec, GenerationModel
from srgan.training.checkpoint import latest_checkpoint, read_checkpoint, read_model
from srgan.training.generation_run import GenerationRun
from srgan.training.parts import make_discriminator, make_network
from srgan.training.starting import find_model

__all__ = ["build_model", "load_codec", "load_generation"]


def build_model(described: Mapping[str, Any]) -> GenerationModel:
    """The networks of a generation run.

    Args:
        described: ``generator`` and ``encoder``, complete tables, and ``pictures``, the number of learnt latent
            vectors.

    Raises:
        UsageError: options do not go together.
    """
    generator = make_network(LATENT_GENERATORS, described["generator"], "generator")
    table = described["encoder"]
    encoder = None if table is None else make_network(ENCODERS, table, "encoder")
    return GenerationModel(generator, encoder=encoder, pictures=described["pictures"])


def load_generation(source: Path) -> GenerationModel:
    """The averaged networks of a run of generation, in eval mode.

    Args:
        source: the folder of a run (its newest checkpoint is taken), a checkpoint folder, or a ``.safetensors`` file.

    Raises:
        UsageError: there are none, or they are of another task.
    """
    weights, described = read_model(find_model(source))
    if described["task"] != "generation":
        raise UsageError(f"{source} was trained for {described['task']}; generation has no use for it")
    model = build_model(described)
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def load_codec(source: Path, *, truncation: float = 1.0) -> Codec:
    """A generator and its encoder: BiGAN's, or the discriminator of an O-GAN.

    Args:
        source: the folder of a run or of a checkpoint; an O-GAN's encoder is in the checkpoint alone.
        truncation: see `Codec`.

    Raises:
        UsageError: no checkpoint there, or nothing in it encodes pictures.
    """
    model = load_generation(source)
    if model.encoder is not None:
        return Codec(model, model.encoder, truncation=truncation)
    folder = source if (source / "resume.safetensors").is_file() else latest_checkpoint(source / "checkpoints")
    if folder is None:
        raise UsageError(f"{source}: give the folder of a run or of a checkpoint; it holds the encoder")
    checkpoint = read_checkpoint(folder)
    run = GenerationRun.model_validate(json.loads(checkpoint.metadata["training_run"]))
    stage = run.stages[checkpoint.state["stage"]]
    if stage.discriminator is None or stage.discriminator.get("head") != "code":
        raise UsageError(
            f'{source} has no encoder: train with [encoder] (BiGAN), or with discriminator.head = "code" (O-GAN)'
        )
    discriminator = make_discriminator(stage.discriminator, **run.opponent(stage))
    prefix = "discriminator."
    discriminator.load_state_dict(
        {name.removeprefix(prefix): t for name, t in checkpoint.tensors.items() if name.startswith(prefix)}
    )
    discriminator.eval().requires_grad_(False)
    return Codec(model, functools.partial(_code, discriminator), standardise=True, truncation=truncation)


def _code(discriminator: Discriminator, pictures: Tensor) -> Tensor:
    code: Tensor | None = discriminator(pictures).code
    assert code is not None
    return code
