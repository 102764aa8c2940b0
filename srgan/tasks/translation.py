"""The networks of image-to-image translation, and what paired training minimises."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from srgan.data import TranslationBatch
from srgan.networks import Generator, PatchProjection, StyleEncoder
from srgan.tasks.task import Round, Task
from srgan.tasks.terms import WeightedLoss, weighted_terms

__all__ = ["PairedTranslation", "TranslationModel"]


class TranslationModel(nn.Module):
    """A generator from picture to picture, and what learns on its side.

    Args:
        generator: source pictures to target pictures; the only part that a model file keeps.
        inverse: the other way (CycleGAN).
        projection: of the generator's features (CUT).
        encoder: pictures to the distribution of their latent vectors (BicycleGAN).
    """

    def __init__(
        self,
        generator: Generator,
        *,
        inverse: Generator | None = None,
        projection: PatchProjection | None = None,
        encoder: StyleEncoder | None = None,
    ) -> None:
        super().__init__()
        self.generator, self.inverse, self.projection, self.encoder = generator, inverse, projection, encoder

    def forward(self, source: Tensor, latent: Tensor | None = None) -> Tensor:
        """Translate ``(B, 3, H, W)`` in [0, 1]; a generator with latent vectors takes them, ``(B, latent)``."""
        pictures: Tensor = self.generator(source, latent) if self.generator.latent else self.generator(source)
        return pictures


class PairedTranslation(Task):
    """The generator makes the picture that belongs to another one (pix2pix, Isola et al. 2017, Eq. 4).

    A generator with latent vectors learns as BicycleGAN's (Zhu et al. 2017, "Toward multimodal image-to-image
    translation", Eq. 9), and like there each half of a batch learns one of two things. The first half's vectors are
    drawn around what the encoder sees in the true picture, and must give this very picture; the divergence of their
    distribution from N(0, 1) is kept small. Those of the second half are drawn from N(0, 1), and the encoder must find
    them again in what is made of them, for which it does not learn itself.

    Args:
        generator: as it is called, ``(source, latent)`` to pictures; may be a compiled `model`.
        model: the networks.
        losses: distances from the true picture.
        condition: whether the discriminator sees the source, too.
        kl: factor of the divergence, mean over the batch, sum over the vector.
        latent: factor of the mean absolute error of vectors found again.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[..., Tensor],
        model: TranslationModel,
        losses: list[WeightedLoss],
        *,
        condition: bool,
        kl: float = 0.0,
        latent: float = 0.0,
        autocast: torch.autocast,
    ) -> None:
        self._generator, self._model, self._losses = generator, model, losses
        self._condition, self._kl, self._latent, self._autocast = condition, kl, latent, autocast
        self.names = [loss.name for loss in losses]
        if model.encoder is not None:
            self.names += ["kl", "latent"]

    def play(self, batch: TranslationBatch) -> Round:
        """The generator's pictures beside the true ones."""
        latent, code = None, None
        if self._model.encoder is not None:
            latent, code = self._draw(batch, self._model.encoder)
        with self._autocast:
            fake = self._generator(batch.source, latent) if latent is not None else self._generator(batch.source)
        shown = batch.source if self._condition else None
        return Round(batch.target, fake.float(), shown, latent=latent, code=code)

    def _draw(self, batch: TranslationBatch, encoder: StyleEncoder) -> tuple[Tensor, Tensor]:
        """Latent vectors ``(B, n)``, and mean beside log-variance of the first half ``(B / 2, 2 n)``."""
        half = _half(batch)
        with self._autocast:
            mean, logarithm = encoder(batch.target[:half])
        mean, logarithm = mean.float(), logarithm.float()
        near = mean + torch.exp(0.5 * logarithm) * torch.randn_like(mean)
        drawn = torch.randn(len(batch.target) - half, mean.shape[1], device=mean.device)
        return torch.cat([near, drawn]), torch.cat([mean, logarithm], 1)

    def generator_losses(self, round_: Round, batch: TranslationBatch) -> dict[str, Tensor]:
        """The weighted distances from the true pictures, and what keeps the latent vectors meaningful."""
        encoder = self._model.encoder
        if encoder is None:
            return weighted_terms(self._losses, [round_.fake, round_.real], self._autocast)
        half = _half(batch)
        terms = weighted_terms(self._losses, [round_.fake[:half], round_.real[:half]], self._autocast)
        assert round_.code is not None
        assert round_.latent is not None
        mean, logarithm = round_.code.chunk(2, 1)
        divergence = -0.5 * (1.0 + logarithm - mean**2 - logarithm.exp()).sum(1).mean()
        return terms | {"kl": self._kl * divergence, "latent": self._latent * self._lost(round_, half, encoder)}

    def _lost(self, round_: Round, half: int, encoder: StyleEncoder) -> Tensor:
        """How far the encoder is from the vectors that were drawn; only the generator learns from it."""
        assert round_.latent is not None
        weights = [weight for weight in encoder.parameters() if weight.requires_grad]
        for weight in weights:
            weight.requires_grad_(False)
        try:
            with self._autocast:
                found, _ = encoder(round_.fake[half:])
        finally:
            for weight in weights:
                weight.requires_grad_(True)
        lost: Tensor = (found.float() - round_.latent[half:].detach()).abs().mean()
        return lost


def _half(batch: TranslationBatch) -> int:
    """How many of a batch learn with the encoder's latent vectors."""
    return (len(batch.target) + 1) // 2
