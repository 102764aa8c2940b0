"""Generation: pictures of random numbers, or of these and a class."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.adversarial import standardised
from srgan.data import PictureBatch
from srgan.networks import LatentGenerator
from srgan.tasks.task import Round, Task
from srgan.tasks.terms import WeightedLoss, weighted_terms

__all__ = ["Generation", "GenerationModel"]

_RIDGE = 1e-6


class GenerationModel(LatentGenerator):
    """A generator, and what learns on its side.

    Args:
        generator: makes the pictures.
        encoder: pictures ``(B, 3, size, size)`` to codes ``(B, latent)``: the other way (BiGAN).
        pictures: how many training pictures have a latent vector of their own (GLO); 0: latents are drawn. New ones
            then come from the normal distribution with the mean and covariance of these.
    """

    def __init__(self, generator: LatentGenerator, *, encoder: nn.Module | None = None, pictures: int = 0) -> None:
        super().__init__()
        self.generator, self.encoder = generator, encoder
        self.latent, self.size, self.classes = generator.latent, generator.size, generator.classes
        self.prior = generator.prior
        self.codes: nn.Embedding | None = None
        if pictures:
            self.codes = nn.Embedding(pictures, self.latent)
            nn.init.normal_(self.codes.weight)
            self.settle()

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        """Make pictures of checked inputs."""
        pictures: Tensor = self.generator(latent, condition)
        return pictures

    def draw(self, count: int, *, random: torch.Generator | None = None) -> Tensor:
        """Latent vectors from the prior, or like those that were learnt, ``(count, latent)``."""
        if self.codes is None:
            return self.generator.draw(count, random=random)
        mean, root = self.likeness(self.codes)
        normal = torch.empty(count, self.latent, device=mean.device if random is None else random.device)
        drawn: Tensor = mean + normal.normal_(generator=random).to(mean) @ root.T
        return drawn

    @staticmethod
    def likeness(codes: nn.Embedding) -> tuple[Tensor, Tensor]:
        """Mean ``(latent,)`` of learnt latent vectors and a root R of their covariance, R R^T."""
        weight = codes.weight.detach()
        centred = weight - weight.mean(0)
        covariance = centred.T @ centred / max(1, len(weight) - 1)
        return weight.mean(0), torch.linalg.cholesky(covariance + _RIDGE * torch.eye(len(covariance)).to(weight))

    @torch.no_grad()
    def settle(self) -> None:
        """Put learnt latent vectors back into the unit ball (Bojanowski et al. 2018, section 3.2)."""
        if self.codes is not None:
            self.codes.weight /= self.codes.weight.norm(dim=1, keepdim=True).clamp(min=1.0)


class Generation(Task):
    """The generator makes pictures like those of the batch; with learnt latent vectors, these very ones.

    With an encoder, the pictures of the batch may be asked back from their codes as well, x = G(E(x)): the cycle that
    the game alone leaves open (ALICE, Li et al. 2017, section 3.2).

    Args:
        generator: as it is called, ``(latent, condition)`` to pictures; may be a compiled `model`.
        model: the networks.
        losses: distances of the pictures of the batch from what is made of their learnt latent vectors, or of their
            codes.
        condition: whether the discriminator sees the class.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[[Tensor, Tensor | None], Tensor],
        model: GenerationModel,
        losses: list[WeightedLoss],
        *,
        condition: bool,
        classes: int,
        autocast: torch.autocast,
    ) -> None:
        self.names = [loss.name for loss in losses]
        self._generator, self._model, self._losses = generator, model, losses
        self._condition, self._classes, self._autocast = condition, classes, autocast

    @property
    def reconstructs(self) -> bool:
        """Whether pictures are asked back from their codes."""
        return bool(self._losses) and self._model.codes is None

    def play(self, batch: PictureBatch) -> Round:
        """Generated pictures beside true ones; fakes are asked to have the classes of the true ones."""
        model, count = self._model, len(batch.pictures)
        latent = model.draw(count) if model.codes is None else model.codes(batch.numbers)
        asked = self._asked(batch.labels) if model.classes else None
        condition = None if asked is None else self._one_hot(asked)
        remade = None
        with self._autocast:
            code = None if model.encoder is None else model.encoder(batch.pictures)
            if code is not None and self.reconstructs:
                # In one batch: its normalisation then knows codes as well, which need not lie as drawn vectors do.
                both = torch.cat([latent, code.to(latent.dtype)])
                fake, remade = self._generator(both, None if condition is None else condition.repeat(2, 1)).chunk(2)
            else:
                fake = self._generator(latent, condition)
        seen: list[tuple[Tensor, Tensor]] = []
        if self._condition:
            classes = self._one_hot(batch.labels)
            seen.append((classes, classes if condition is None else condition))
        if code is not None:
            seen.append((code.float(), latent))
        shown, other = (torch.cat(side, 1) for side in zip(*seen, strict=True)) if seen else (None, None)
        return Round(
            batch.pictures,
            fake.float(),
            shown,
            other,
            latent.detach(),
            batch.labels,
            asked,
            None if code is None else code.float(),
            None if remade is None else remade.float(),
        )

    def _asked(self, labels: Tensor) -> Tensor:
        """The classes of the batch; pictures without one leave it to chance."""
        return torch.where(labels < 0, torch.randint_like(labels, self._classes), labels)

    def _one_hot(self, labels: Tensor) -> Tensor:
        """``(B, classes)`` float32; zeros where the class is not known."""
        return F.one_hot(labels.clamp(min=0), self._classes).float() * (labels >= 0)[:, None]

    def generator_losses(self, round_: Round, batch: PictureBatch) -> dict[str, Tensor]:
        """The weighted distances of the true pictures from what is made of their latent vectors."""
        if not self._losses:
            return {}
        made = round_.fake
        if self.reconstructs:
            made = self._decoded(round_) if round_.remade is None else round_.remade
        return weighted_terms(self._losses, [made, batch.pictures], self._autocast)

    def _decoded(self, round_: Round) -> Tensor:
        """What the generator makes of the discriminator's codes, each one up to its mean and its scale (O-GAN)."""
        assert round_.code is not None
        condition = None if round_.fake_labels is None else self._one_hot(round_.fake_labels)
        with self._autocast:
            return self._generator(self._model.spread * standardised(round_.code), condition).float()

    def settle(self) -> None:
        """Learnt latent vectors stay in the unit ball."""
        self._model.settle()
