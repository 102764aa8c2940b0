"""Image-to-image translation without pairs: what CycleGAN and CUT minimise."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from srgan.data import TranslationBatch
from srgan.losses import patch_nce
from srgan.networks import FeatureGenerator
from srgan.tasks.task import Round, Task
from srgan.tasks.terms import WeightedLoss, weighted_terms
from srgan.tasks.translation import TranslationModel

__all__ = ["ContrastiveTranslation", "CycleTranslation"]


class CycleTranslation(Task):
    """Two generators, each of which undoes the other (CycleGAN, Zhu et al. 2017, Eq. 3).

    The samples of a round are source beside target picture, ``(B, 6, H, W)``: the discriminator is one for both
    (`srgan.networks.BothDomains`).

    Args:
        generator: as it is called, source to target; may be a compiled `model`.
        model: with an inverse.
        losses: distances of pictures that went there and back from what they were.
        identity: factor of the same distances for a picture that a generator gets from the domain that it makes
            (section 5.2); relative to the losses' own weights.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[[Tensor], Tensor],
        model: TranslationModel,
        losses: list[WeightedLoss],
        *,
        identity: float,
        autocast: torch.autocast,
    ) -> None:
        assert model.inverse is not None
        self._generator, self._inverse = generator, model.inverse
        self._losses, self._identity, self._autocast = losses, identity, autocast
        parts = ("cycle", "identity") if identity else ("cycle",)
        self.names = [f"{part}_{loss.name}" for part in parts for loss in losses]

    def play(self, batch: TranslationBatch) -> Round:
        """What each generator makes of the other domain's pictures, beside the true pictures of both."""
        with self._autocast:
            target, source = self._generator(batch.source), self._inverse(batch.target)
        real = torch.cat([batch.source, batch.target], 1)
        return Round(real, torch.cat([source, target], 1).float())

    def generator_losses(self, round_: Round, batch: TranslationBatch) -> dict[str, Tensor]:
        """The weighted distances after the way there and back, and of what should stay as it is."""
        source, target = round_.fake.chunk(2, 1)
        with self._autocast:
            pictures = torch.cat([self._inverse(target), self._generator(source)])
        truth = torch.cat([batch.source, batch.target])
        terms = self._terms("cycle", pictures, truth, 1.0)
        if self._identity:
            with self._autocast:
                kept = torch.cat([self._inverse(batch.source), self._generator(batch.target)])
            terms |= self._terms("identity", kept, truth, self._identity)
        return terms

    def _terms(self, part: str, made: Tensor, truth: Tensor, factor: float) -> dict[str, Tensor]:
        # The mean of both directions, as that of both discriminators; the paper has twice both.
        terms = weighted_terms(self._losses, [made.float(), truth], self._autocast)
        return {f"{part}_{name}": factor * value for name, value in terms.items()}


class ContrastiveTranslation(Task):
    """One generator, whose output must tell at each place what was there before (CUT, Park et al. 2020, Eq. 4).

    Args:
        generator: as it is called, source to target; may be a compiled `model`.
        model: its generator has features, its projection maps them.
        layers: of the features.
        patches: places a picture.
        weight: factor of the contrastive loss.
        identity: the same loss for target pictures, which the generator should leave alone (CUT; FastCUT has none).
        flip: every second source is mirrored before the generator, and the features of what it becomes are mirrored
            back (FastCUT's flip-equivariance).
        temperature: of the contrastive loss.
        autocast: precision of the networks; losses are computed in float32.
    """

    def __init__(
        self,
        generator: Callable[[Tensor], Tensor],
        model: TranslationModel,
        *,
        layers: Sequence[int],
        patches: int,
        weight: float,
        identity: bool,
        flip: bool,
        temperature: float,
        autocast: torch.autocast,
    ) -> None:
        assert isinstance(model.generator, FeatureGenerator)
        assert model.projection is not None
        self._generator, self._network, self._projection = generator, model.generator, model.projection
        self._layers, self._patches, self._weight = tuple(layers), patches, weight
        self._identity, self._flip, self._temperature, self._autocast = identity, flip, temperature, autocast
        self.names = ["nce", "nce_identity"] if identity else ["nce"]

    def play(self, batch: TranslationBatch) -> Round:
        """The generator's pictures of the sources beside true targets."""
        with self._autocast:
            fake = self._generator(_mirrored(batch.source) if self._flip else batch.source)
        return Round(batch.target, fake.float())

    def generator_losses(self, round_: Round, batch: TranslationBatch) -> dict[str, Tensor]:
        """The contrastive loss between pictures and what they became."""
        terms = {"nce": self._weight * self._contrast(round_.fake, batch.source, mirrored=self._flip)}
        if self._identity:
            with self._autocast:
                kept = self._generator(batch.target)
            terms["nce_identity"] = self._weight * self._contrast(kept.float(), batch.target, mirrored=False)
        return terms

    def _contrast(self, made: Tensor, source: Tensor, *, mirrored: bool) -> Tensor:
        with torch.no_grad(), self._autocast:
            keys = self._network.features(source, self._layers)
            known, places = self._projection(keys, count=self._patches)
        with self._autocast:
            queries = self._network.features(made, self._layers)
            if mirrored:
                queries = [_mirrored(maps) for maps in queries]
            asked, _ = self._projection(queries, places)
        return patch_nce(asked, known, temperature=self._temperature)


def _mirrored(maps: Tensor) -> Tensor:
    """Every second one of ``(B, C, H, W)`` mirrored."""
    turned = torch.arange(len(maps), device=maps.device) % 2 == 1
    return torch.where(turned[:, None, None, None], maps.flip(3), maps)
