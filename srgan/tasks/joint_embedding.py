"""Texts and pictures in one space: what belongs together lies together."""

import functools
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from srgan.data import CaptionBatch
from srgan.losses import am_softmax, info_nce
from srgan.networks import PictureEncoder, RecurrentTextEncoder
from srgan.tasks.task import Round, Task

__all__ = ["EmbeddingModel", "JointEmbedding", "contrast"]


class EmbeddingModel(nn.Module):
    """Two encoders to vectors of one length.

    Args:
        text_encoder: tokens ``(B, T)`` to sentences ``(B, D)`` of length 1.
        picture_encoder: pictures ``(B, 3, H, W)`` in [0, 1] to vectors ``(B, D)`` of length 1.
    """

    def __init__(self, text_encoder: RecurrentTextEncoder, picture_encoder: PictureEncoder) -> None:
        super().__init__()
        self.text_encoder, self.picture_encoder = text_encoder, picture_encoder

    def forward(self, pictures: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The vectors of pictures and of texts."""
        return self.picture_encoder(pictures), self.text_encoder(tokens)[0]


def contrast(
    kind: Literal["info_nce", "am_softmax"], *, temperature: float, margin: float, scale: float
) -> Callable[..., Tensor]:
    """The loss of pairs, called as ``loss(pictures, sentences, same=concepts)``."""
    if kind == "info_nce":
        return functools.partial(info_nce, temperature=temperature)
    return functools.partial(am_softmax, margin=margin, scale=scale)


class JointEmbedding(Task):
    """A symmetric contrast of pictures and captions; what is of one concept is not told apart.

    Args:
        model: as it is called, ``(pictures, tokens)`` to their vectors.
        loss: see `contrast`.
        autocast: precision of the networks; the loss is computed in float32.
    """

    def __init__(
        self,
        model: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
        loss: Callable[..., Tensor],
        *,
        autocast: torch.autocast,
    ) -> None:
        self.names = ["contrast"]
        self._model, self._loss, self._autocast = model, loss, autocast

    def play(self, batch: CaptionBatch) -> Round:
        """The vectors of the pictures, and of what is said about them."""
        with self._autocast:
            pictures, sentences = self._model(batch.pictures, batch.tokens)
        return Round(pictures.float(), sentences.float())

    def generator_losses(self, round_: Round, batch: CaptionBatch) -> dict[str, Tensor]:
        """The contrast."""
        return {"contrast": self._loss(round_.real, round_.fake, same=batch.labels)}
