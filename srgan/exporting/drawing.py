"""Networks that make pictures of noise, as model files run them: with what a person gives as input."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.tasks import GenerationModel, TextToImageModel
from srgan.text import SentenceEncoder

__all__ = ["ClassDrawing", "Drawing", "ForeignTextDrawing", "FreeDrawing", "SentenceDrawing", "TextDrawing"]


class Drawing(nn.Module):
    """A network whose last input is noise.

    Attributes:
        latent: length of the noise.
        size: side of the pictures.
    """

    latent: int
    size: int

    def examples(self, count: int, *, seed: int = 0) -> dict[str, Tensor]:
        """Made-up inputs by name, `count` of each."""
        random = torch.Generator().manual_seed(seed)
        return {**self.asked(count, random), "noise": torch.randn(count, self.latent, generator=random)}

    def asked(self, count: int, random: torch.Generator) -> dict[str, Tensor]:
        """The inputs besides the noise."""
        return {}


class FreeDrawing(Drawing):
    """Noise to pictures.

    Args:
        model: without classes. Where latent vectors were learnt (GLO), the noise becomes such as these are: it gets
            their mean and covariance.
    """

    def __init__(self, model: GenerationModel) -> None:
        super().__init__()
        self.model, self.latent, self.size = model, model.latent, model.size
        self.learnt = None if model.codes is None else model.likeness(model.codes)

    def forward(self, noise: Tensor) -> Tensor:
        """Draw."""
        if self.learnt is not None:
            mean, root = self.learnt
            noise = mean + noise @ root.T
        pictures: Tensor = self.model(noise)
        return pictures


class ClassDrawing(Drawing):
    """Classes ``(B,)`` int64 and noise to pictures."""

    def __init__(self, model: GenerationModel) -> None:
        super().__init__()
        self.model, self.latent, self.size = model, model.latent, model.size

    def asked(self, count: int, random: torch.Generator) -> dict[str, Tensor]:
        """Classes."""
        return {"label": torch.randint(self.model.classes, (count,), generator=random)}

    def forward(self, label: Tensor, noise: Tensor) -> Tensor:
        """Draw."""
        pictures: Tensor = self.model(noise, F.one_hot(label, self.model.classes).to(noise.dtype))
        return pictures


class TextDrawing(Drawing):
    """Tokens ``(B, T)`` int64 and noise to pictures.

    Args:
        model: generator and text encoder.
        length: T.
        vocabulary: tokens are below this.
    """

    def __init__(self, model: TextToImageModel, *, length: int, vocabulary: int) -> None:
        super().__init__()
        self.model, self.latent, self.size = model, model.latent, model.size
        self._length, self._vocabulary = length, vocabulary

    def asked(self, count: int, random: torch.Generator) -> dict[str, Tensor]:
        """Texts of random signs, from long to short, with padding behind."""
        tokens = torch.randint(1, self._vocabulary, (count, self._length), generator=random)
        lengths = torch.linspace(self._length, 1, count).long()
        return {"tokens": tokens * (torch.arange(self._length) < lengths[:, None])}

    def forward(self, tokens: Tensor, noise: Tensor) -> Tensor:
        """Draw."""
        assert self.model.text_encoder is not None
        pictures: Tensor = self.model(noise, self.model.text_encoder(tokens)[0])
        return pictures


class SentenceDrawing(Drawing):
    """Sentences ``(B, D)`` and noise to pictures: a model whose text encoder is not part of it."""

    def __init__(self, model: TextToImageModel) -> None:
        super().__init__()
        self.model, self.latent, self.size = model, model.latent, model.size

    def asked(self, count: int, random: torch.Generator) -> dict[str, Tensor]:
        """Random directions."""
        return {"sentence": F.normalize(torch.randn(count, self.model.classes, generator=random), dim=1)}

    def forward(self, sentence: Tensor, noise: Tensor) -> Tensor:
        """Draw."""
        pictures: Tensor = self.model(noise, sentence)
        return pictures


class ForeignTextDrawing(Drawing):
    """Tokens and noise to pictures, by the sentence encoder of somebody else; it runs, and is no part of the graph.

    Args:
        model: the generator.
        encoder: reads.
    """

    def __init__(self, model: TextToImageModel, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.alone, self.encoder = SentenceDrawing(model), encoder
        self.latent, self.size = model.latent, model.size

    def asked(self, count: int, random: torch.Generator) -> dict[str, Tensor]:
        """Texts."""
        texts = [" ".join(["a text of words"] * (1 + number)) for number in range(count)]
        return {"tokens": torch.from_numpy(self.encoder.tokenizer(texts))}

    def forward(self, tokens: Tensor, noise: Tensor) -> Tensor:
        """Draw."""
        pictures: Tensor = self.alone(torch.from_numpy(self.encoder.read(tokens.numpy())), noise)
        return pictures
