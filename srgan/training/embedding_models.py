"""Trained joint embeddings back from checkpoints: what reads texts for a generator, and what judges one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.errors import UsageError
from srgan.networks import PICTURE_ENCODERS, TEXT_ENCODERS, RecurrentTextEncoder
from srgan.tasks import EmbeddingModel
from srgan.text import TextDescription, Tokenizer
from srgan.training.checkpoint import read_model
from srgan.training.parts import make_network
from srgan.training.starting import find_model

__all__ = ["TrainedEmbedding", "build_text_encoder", "load_embedding"]

_BATCH = 64


@dataclass(frozen=True)
class TrainedEmbedding:
    """Encoders of texts and of pictures, in eval mode, on the CPU.

    Attributes:
        file: the weights.
        model: the networks.
        tokenizer: that the text encoder was trained with.
        text_encoder: its complete table.
        text: what a model file says about both.
        size: side of the pictures that it was trained on.
    """

    file: Path
    model: EmbeddingModel
    tokenizer: Tokenizer
    text_encoder: dict[str, Any]
    text: TextDescription
    size: int

    @property
    def embedding(self) -> int:
        """Length of the vectors."""
        return self.model.text_encoder.embedding

    @torch.inference_mode()
    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of prepared texts, ``(N, D)`` float32, each of length 1."""
        tokens = torch.from_numpy(self.tokenizer(texts))
        return _joined([self.model.text_encoder(part)[0] for part in torch.split(tokens, _BATCH)])

    @torch.inference_mode()
    def pictures(self, pictures: NDArray[np.uint8], device: torch.device | None = None) -> NDArray[np.float32]:
        """Vectors of pictures ``(N, H, W, 3)``, ``(N, D)`` float32, each of length 1."""
        device = device or torch.device("cpu")
        encoder = self.model.picture_encoder.to(device)
        parts = torch.split(torch.from_numpy(pictures), _BATCH)
        return _joined([encoder(part.to(device).permute(0, 3, 1, 2).float() / 255) for part in parts])


def load_embedding(source: Path, *, key: str) -> TrainedEmbedding:
    """The averaged networks of a run of a joint embedding.

    Args:
        source: the folder of a run (its newest checkpoint is taken), a checkpoint folder, or a ``.safetensors`` file.
        key: what asks for it, for messages.

    Raises:
        UsageError: there are none, or they are of another task.
    """
    try:
        file = find_model(source)
    except UsageError as error:
        raise UsageError(
            f"{key}: {error}; a joint embedding of texts and pictures is meant, as srgan train runs/emoji_words.toml "
            "makes one"
        ) from None
    weights, described = read_model(file)
    if described["task"] != "joint_embedding":
        raise UsageError(f"{key}: {source} was trained for {described['task']}, and is no joint embedding")
    pictures = make_network(PICTURE_ENCODERS, described["picture_encoder"], "picture_encoder")
    model = EmbeddingModel(build_text_encoder(described["text_encoder"]), pictures)
    model.load_state_dict(weights)
    model.eval().requires_grad_(False)
    text = TextDescription(described["tokenizer"], "")
    tokenizer = text.open_tokenizer()
    return TrainedEmbedding(
        file, model, tokenizer, described["text_encoder"], TextDescription.of(tokenizer, file), described["size"]
    )


def build_text_encoder(table: Mapping[str, Any]) -> RecurrentTextEncoder:
    """The text encoder of a complete table, with new weights."""
    return make_network(TEXT_ENCODERS, dict(table), "text_encoder")


def _joined(parts: list[Tensor]) -> NDArray[np.float32]:
    return torch.cat(parts).float().cpu().numpy()
