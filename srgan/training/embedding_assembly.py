"""The parts of a run of a joint embedding."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from srgan.data import CaptionBatch, load_pictures
from srgan.networks import PICTURE_ENCODERS, TEXT_ENCODERS
from srgan.tasks import EmbeddingModel, JointEmbedding, contrast
from srgan.text import ByteTokenizer
from srgan.training.assembly import Assembly
from srgan.training.caption_feeding import CaptionFeeding
from srgan.training.caption_sections import listed_captions
from srgan.training.embedding_run import EmbeddingRun
from srgan.training.embedding_validation import EmbeddingValidation
from srgan.training.parts import make_network
from srgan.training.processes import Processes
from srgan.training.sections import StageSection

__all__ = ["EmbeddingAssembly"]


class EmbeddingAssembly(Assembly):
    """Encoders of texts and of pictures, and captioned pictures.

    Args:
        run: the checked run.

    Raises:
        UsageError: options do not go together.
    """

    run: EmbeddingRun
    network: EmbeddingModel

    def __init__(self, run: EmbeddingRun) -> None:
        super().__init__(run)
        text = make_network(TEXT_ENCODERS, run.text_encoder, "text_encoder")
        table = {**run.picture_encoder, "embedding": text.embedding}
        self.network = EmbeddingModel(text, make_network(PICTURE_ENCODERS, table, "picture_encoder"))

    def feeding(self, processes: Processes, device: torch.device) -> CaptionFeeding:
        """Pictures and captions."""
        return CaptionFeeding(self.run, ByteTokenizer(self.run.data.length), processes, device)

    def measurement(self) -> EmbeddingValidation | None:
        """R-precision on held-out pictures."""
        wanted, data = self.run.held_out, self.run.data
        if wanted is None:
            return None
        return EmbeddingValidation(wanted, size=data.size, length=data.length, seed=self.run.seed)

    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> JointEmbedding:
        """Bringing together what belongs together."""
        wanted = self.run.embedding
        loss = contrast(wanted.loss, temperature=wanted.temperature, margin=wanted.margin, scale=wanted.scale)
        return JointEmbedding(call, loss, autocast=autocast)

    def probe(self) -> int:
        """Read the first picture."""
        found = listed_captions(self.run.data, key="data")
        load_pictures(found.paths[:1], size=self.run.data.size)
        return len(found)

    def made_up(self, section: StageSection, count: int, device: torch.device) -> CaptionBatch:
        """Noise, and words without a meaning."""
        data = self.run.data
        pictures = torch.rand(count, 3, data.size, data.size, device=device).to(memory_format=torch.channels_last)
        tokens = torch.randint(1, 257, (count, data.length), device=device)
        numbers = torch.arange(count, device=device)
        return CaptionBatch(pictures, tokens, tokens.flip(0), numbers, numbers)

    def description(self) -> dict[str, Any]:
        """What the encoders are made of, and how texts become tokens."""
        tables = self.run.model_dump(mode="json")
        return {
            "text_encoder": tables["text_encoder"],
            "picture_encoder": {**tables["picture_encoder"], "embedding": self.network.text_encoder.embedding},
            "tokenizer": ByteTokenizer(self.run.data.length).to_json(),
            "size": self.run.data.size,
            "range": "0..1",
        }
