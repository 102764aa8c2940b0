"""The parts of a run of text-to-image."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from srgan.config import expand
from srgan.data import CaptionBatch, load_pictures
from srgan.errors import ModelError, UsageError
from srgan.networks import LATENT_GENERATORS
from srgan.tasks import TextToImage, TextToImageModel
from srgan.text import FileTokenizer, SentenceEncoder
from srgan.training.assembly import Assembly
from srgan.training.caption_feeding import CaptionFeeding
from srgan.training.caption_sections import TextSection, listed_captions
from srgan.training.embedding_models import TrainedEmbedding, build_text_encoder, load_embedding
from srgan.training.parts import make_losses, make_network
from srgan.training.processes import Processes
from srgan.training.sections import StageSection
from srgan.training.text_to_image_run import TextToImageRun
from srgan.training.text_to_image_validation import TextToImageValidation

__all__ = ["TextToImageAssembly", "build_text_to_image", "open_reader"]


class TextToImageAssembly(Assembly):
    """A generator under texts, what reads them, and captioned pictures.

    Args:
        run: the checked run.

    Raises:
        UsageError: options do not go together, or the text encoder cannot be used.
    """

    run: TextToImageRun
    network: TextToImageModel

    def __init__(self, run: TextToImageRun) -> None:
        super().__init__(run)
        length = self.reader.embedding
        if length != run.text.embedding:
            raise UsageError(
                f"text.embedding is {run.text.embedding}, but the vectors of {self.reader.file} have {length} "
                "numbers; set it to that"
            )
        self.network = build_text_to_image(self.description())
        if isinstance(self.reader, TrainedEmbedding):
            assert self.network.text_encoder is not None
            self.network.text_encoder.load_state_dict(self.reader.model.text_encoder.state_dict())

    @functools.cached_property
    def reader(self) -> TrainedEmbedding | SentenceEncoder:
        """What reads the texts."""
        return open_reader(self.run.text)

    def feeding(self, processes: Processes, device: torch.device) -> CaptionFeeding:
        """Pictures, and captions that were read in advance."""
        return CaptionFeeding(self.run, self.reader.sentences, processes, device, reader_hash=self.reader.text.encoder)

    def measurement(self) -> TextToImageValidation | None:
        """Sheets, distances and what a judge finds again."""
        wanted, run = self.run.held_out, self.run
        if wanted is None:
            return None
        return TextToImageValidation(wanted, self.reader, size=run.data.size, seed=run.seed)

    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> TextToImage:
        """Making pictures of texts."""
        game, text = section.adversarial, self.run.text
        pictures = None
        if text.matching:
            assert isinstance(self.reader, TrainedEmbedding)
            pictures = self.reader.model.picture_encoder.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return TextToImage(
            call,
            self.network,
            make_losses(section.loss, device),
            condition=game is not None and game.condition == "text",
            wrong=game is not None and game.wrong,
            between=game is not None and game.interpolation > 0,
            divergence=text.divergence,
            matching=text.matching,
            temperature=text.temperature,
            picture_encoder=pictures,
            autocast=autocast,
        )

    def probe(self) -> int:
        """Read the first picture."""
        found = listed_captions(self.run.data, key="data")
        load_pictures(found.paths[:1], size=self.run.data.size)
        return len(found)

    def made_up(self, section: StageSection, count: int, device: torch.device) -> CaptionBatch:
        """Noise, and sentences without a meaning."""
        side = self.run.data.size
        pictures = torch.rand(count, 3, side, side, device=device).to(memory_format=torch.channels_last)
        sentences = nn.functional.normalize(torch.randn(count, self.run.text.embedding, device=device), dim=1)
        numbers = torch.arange(count, device=device)
        return CaptionBatch(pictures, sentences, sentences.flip(0), numbers, numbers)

    def description(self) -> dict[str, Any]:
        """What the networks are made of, and how texts are read."""
        tables = self.run.model_dump(mode="json")
        return {
            "generator": {**tables["generator"], "classes": self.run.text.embedding},
            "text_encoder": self.reader.text_encoder if isinstance(self.reader, TrainedEmbedding) else None,
            "text": self.reader.text.to_json(),
            "size": self.run.data.size,
            "range": "0..1",
        }


def build_text_to_image(described: Mapping[str, Any]) -> TextToImageModel:
    """The networks of a run of text-to-image, with new weights.

    Args:
        described: ``generator`` and ``text_encoder``, complete tables; the latter None where a file of somebody else
            reads.

    Raises:
        UsageError: options do not go together.
    """
    generator = make_network(LATENT_GENERATORS, described["generator"], "generator")
    table = described["text_encoder"]
    return TextToImageModel(generator, None if table is None else build_text_encoder(table))


def open_reader(text: TextSection) -> TrainedEmbedding | SentenceEncoder:
    """What reads the texts of a run.

    Raises:
        UsageError: it cannot be used.
    """
    encoder = expand(text.encoder, key="text.encoder")
    if text.tokenizer is None:
        return load_embedding(encoder, key="text.encoder")
    tokenizer = FileTokenizer(expand(text.tokenizer, key="text.tokenizer"), text.length)
    try:
        return SentenceEncoder(encoder, tokenizer)
    except ModelError as error:
        raise UsageError(f"text.encoder: {error}") from None
