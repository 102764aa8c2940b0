"""Text-to-image: pictures of random numbers and of what a text says."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from srgan.data import CaptionBatch
from srgan.losses import info_nce
from srgan.networks import LatentGenerator
from srgan.tasks.task import Round, Task
from srgan.tasks.terms import WeightedLoss, weighted_terms

__all__ = ["TextToImage", "TextToImageModel"]


class TextToImageModel(LatentGenerator):
    """A generator under sentences, and what reads these, which does not learn.

    Args:
        generator: from latent vectors and sentences ``(B, classes)`` to pictures.
        text_encoder: from tokens ``(B, T)`` to sentences ``(B, classes)`` and states; None: it is not a part.
    """

    def __init__(self, generator: LatentGenerator, text_encoder: nn.Module | None) -> None:
        super().__init__()
        self.generator = generator
        self.text_encoder = None if text_encoder is None else text_encoder.requires_grad_(False)
        self.latent, self.size, self.classes = generator.latent, generator.size, generator.classes
        self.prior = generator.prior

    def train(self, mode: bool = True) -> "TextToImageModel":
        """Switch the generator's mode; what reads stays as it was trained."""
        super().train(mode)
        if self.text_encoder is not None:
            self.text_encoder.eval()
        return self

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        """Make pictures of checked inputs."""
        pictures: Tensor = self.generator(latent, condition)
        return pictures

    def draw(self, count: int, *, random: torch.Generator | None = None) -> Tensor:
        """Latent vectors from the prior."""
        return self.generator.draw(count, random=random)


class TextToImage(Task):
    """The generator makes pictures of the texts of the batch, and perhaps of what lies between two of them.

    Args:
        generator: as it is called, ``(latent, sentences)`` to pictures; may be a compiled `model`.
        model: the networks.
        losses: distances of what is made of a text from the picture that it belongs to.
        condition: whether the discriminator sees the text.
        wrong: whether it sees real pictures with texts that are not theirs (GAN-CLS, Reed et al. 2016).
        between: whether there are also pictures of the means of two sentences (INT, the same, Eq. 5); half as many.
        divergence: factor of the divergence of augmented conditions from N(0, 1).
        matching: factor of the contrast of pictures and texts in the space of a joint embedding, as AttnGAN (Xu et
            al. 2018) has one for sentences.
        temperature: of that contrast.
        picture_encoder: the pictures' side of that embedding, which does not learn; None without `matching`.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[[Tensor, Tensor | None], Tensor],
        model: TextToImageModel,
        losses: list[WeightedLoss],
        *,
        condition: bool,
        wrong: bool = False,
        between: bool = False,
        divergence: float = 0.0,
        matching: float = 0.0,
        temperature: float = 0.07,
        picture_encoder: nn.Module | None = None,
        autocast: torch.autocast,
    ) -> None:
        weights = {"divergence": divergence, "matching": matching}
        self.names = [*(loss.name for loss in losses), *(name for name, weight in weights.items() if weight)]
        self._losses = losses
        self._generator, self._model, self._autocast = generator, model, autocast
        self._condition, self._wrong, self._between = condition, wrong, between
        self._divergence, self._matching, self._temperature = divergence, matching, temperature
        self._picture_encoder = picture_encoder

    def play(self, batch: CaptionBatch) -> Round:
        """Generated pictures beside true ones of the same texts; `batch.tokens` and `batch.wrong` are sentences."""
        count, sentences, middle = len(batch.pictures), batch.tokens, None
        asked = sentences
        if self._between:
            middle = 0.5 * (sentences + sentences.roll(1, 0))[: count // 2]
            asked = torch.cat([sentences, middle])
        latent = self._model.draw(len(asked))
        with self._autocast:
            fake = self._generator(latent, asked)
        fake = fake.float()
        return Round(
            batch.pictures,
            fake[:count],
            sentences if self._condition else None,
            latent=latent[:count].detach(),
            wrong=batch.wrong if self._wrong else None,
            between=None if middle is None else fake[count:],
            between_condition=middle if self._condition else None,
        )

    def generator_losses(self, round_: Round, batch: CaptionBatch) -> dict[str, Tensor]:
        """What the generator pays besides the game's terms."""
        terms = weighted_terms(self._losses, [round_.fake, batch.pictures], self._autocast)
        if self._divergence:
            divergence: Tensor = self._model.generator.divergence(batch.tokens)  # type: ignore[operator]
            terms["divergence"] = self._divergence * divergence.mean()
        if self._matching:
            assert self._picture_encoder is not None
            with self._autocast:
                seen = self._picture_encoder(round_.fake)
            contrast = info_nce(seen.float(), batch.tokens, temperature=self._temperature, same=batch.labels)
            terms["matching"] = self._matching * contrast
        return terms
