"""A generator with an encoder: reconstruct pictures, walk between them, find the like."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial import standardised
from srgan.networks import LatentGenerator

__all__ = ["Codec"]


class Codec:
    """From pictures to latent vectors and back, with the encoder that a discriminator gave away.

    The encoder of BiGAN/ALI (Donahue et al. 2017, Dumoulin et al. 2017) maps pictures to latent vectors. The code of
    O-GAN's discriminator (Su 2019) is one up to its mean and its scale, which the prior settles: G(N(E(x))).

    No gradients flow, and both networks are the caller's to put into eval mode. Pictures are ``(B, 3, size, size)``
    in [0, 1]. A class-conditional generator needs the condition ``(B, classes)`` of what it makes.

    Args:
        generator: unconditional or class-conditional.
        encoder: pictures to codes ``(B, latent)``.
        standardise: give codes the mean and the standard deviation of the prior (O-GAN).
        truncation: factor of all codes. Nearer to the middle of the prior a generator is surer of itself, at the price
            of variety (the author of O-GAN takes 0.9).
        batch: pictures that go through the networks at a time.
    """

    def __init__(
        self,
        generator: LatentGenerator,
        encoder: Callable[[Tensor], Tensor],
        *,
        standardise: bool = False,
        truncation: float = 1.0,
        batch: int = 64,
    ) -> None:
        self.generator, self.encoder, self.standardise, self.batch = generator, encoder, standardise, batch
        self.truncation = truncation

    @torch.no_grad()
    def encode(self, pictures: Tensor) -> Tensor:
        """The latent vectors of pictures, ``(B, latent)``."""
        codes = torch.cat([self.encoder(part) for part in torch.split(pictures, self.batch)])
        return self.truncation * (self.generator.spread * standardised(codes) if self.standardise else codes)

    def reconstruct(self, pictures: Tensor, condition: Tensor | None = None) -> Tensor:
        """What the generator makes of the pictures' codes, ``(B, 3, size, size)``."""
        return self._decode(self.encode(pictures), condition)

    def interpolate(self, first: Tensor, second: Tensor, steps: int, condition: Tensor | None = None) -> Tensor:
        """Walks from the pictures `first` to those of `second`, ``(B, steps, 3, size, size)``.

        The first and the last are the reconstructions. Between two codes the way goes along the arc for a normal
        prior, whose vectors have nearly the same length (White 2016, "Sampling generative networks"), and straight
        for a uniform one.

        Raises:
            ValueError: fewer than two steps, or as many first as second pictures are not given.
        """
        if steps < 2:
            raise ValueError(f"steps = {steps}: a walk has at least 2")
        if first.shape != second.shape:
            raise ValueError(f"pictures of the shapes {tuple(first.shape)} and {tuple(second.shape)} are no pairs")
        start, end = self.encode(first), self.encode(second)
        way = torch.linspace(0.0, 1.0, steps, dtype=start.dtype, device=start.device)[:, None]
        start_share, end_share = 1.0 - way, way
        if self.generator.prior == "normal":
            angle = torch.acos(F.cosine_similarity(start, end, dim=1).clamp(-1.0, 1.0))[:, None, None]
            # Along nearly the same or the opposite direction there is no one arc.
            short = torch.sin(angle) < 1e-3
            start_share, end_share = (
                torch.where(short, share, torch.sin(share * angle) / torch.sin(angle).clamp(min=1e-3))
                for share in (start_share, end_share)
            )
        codes = start_share * start[:, None] + end_share * end[:, None]
        repeated = None if condition is None else condition.repeat_interleave(steps, 0)
        pictures = self._decode(codes.flatten(0, 1), repeated)
        return pictures.reshape(len(first), steps, *pictures.shape[1:])

    def retrieve(self, query: Tensor, gallery: Tensor, count: int) -> Tensor:
        """The most alike of a gallery by the cosine of the codes: indices ``(B, count)``, the nearest first.

        Raises:
            ValueError: the gallery has fewer than `count` pictures.
        """
        if not 0 < count <= len(gallery):
            raise ValueError(f"count = {count} of a gallery of {len(gallery)}")
        wanted, known = (F.normalize(self.encode(pictures), dim=1) for pictures in (query, gallery))
        return (wanted @ known.T).topk(count, dim=1).indices

    @torch.no_grad()
    def _decode(self, codes: Tensor, condition: Tensor | None) -> Tensor:
        parts = torch.split(codes, self.batch)
        conditions = [None] * len(parts) if condition is None else torch.split(condition, self.batch)
        return torch.cat([self.generator(*pair) for pair in zip(parts, conditions, strict=True)])
