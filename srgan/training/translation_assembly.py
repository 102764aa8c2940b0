"""The parts of a run of image-to-image translation."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from srgan.data import TranslationBatch
from srgan.errors import UsageError
from srgan.networks import (
    STYLE_ENCODERS,
    BothDomains,
    Discriminator,
    FeatureGenerator,
    PatchProjection,
    receptive_field,
)
from srgan.tasks import ContrastiveTranslation, CycleTranslation, PairedTranslation, Task, TranslationModel
from srgan.training.assembly import Assembly
from srgan.training.parts import make_generator, make_losses, make_network
from srgan.training.processes import Processes
from srgan.training.sections import StageSection
from srgan.training.translation_feeding import TranslationFeeding
from srgan.training.translation_run import PairedTranslationRun, TranslationRun, UnpairedTranslationRun
from srgan.training.translation_sections import ContrastSection
from srgan.training.translation_validation import TranslationValidation

__all__ = ["TranslationAssembly"]

_BACKGROUNDS = {"white": "#ffffff", "black": "#000000"}


class TranslationAssembly(Assembly):
    """A generator from picture to picture, what learns with it, and pictures of two kinds.

    Args:
        run: the checked run.

    Raises:
        UsageError: options do not go together.
    """

    run: TranslationRun
    network: TranslationModel

    def __init__(self, run: TranslationRun) -> None:
        super().__init__(run)
        parts: dict[str, Any] = {}
        generator = make_generator(run.generator)
        if isinstance(run, UnpairedTranslationRun):
            if run.cycle is not None:
                parts["inverse"] = make_generator(run.generator)
            if run.contrast is not None:
                parts["projection"] = _projection(run.contrast, generator, run.generator["kind"])
        if isinstance(run, PairedTranslationRun) and run.encoder is not None:
            table = {**run.encoder, "latent": generator.latent}
            parts["encoder"] = make_network(STYLE_ENCODERS, table, "encoder")
        self.network = TranslationModel(generator, **parts)

    def feeding(self, processes: Processes, device: torch.device) -> TranslationFeeding:
        """Crops of pairs, or of pictures of two kinds."""
        return TranslationFeeding(self.run, self.network.generator, processes, device)

    def measurement(self) -> TranslationValidation | None:
        """Distances from true pictures."""
        wanted = self.run.validation
        return None if wanted is None else TranslationValidation(wanted, seed=self.run.seed)

    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> Task:
        """Translating."""
        run, losses = self.run, make_losses(section.loss, device)
        if isinstance(run, PairedTranslationRun):
            return PairedTranslation(
                call,
                self.network,
                losses,
                condition=section.adversarial is not None and section.adversarial.condition == "source",
                kl=run.multimodal.kl,
                latent=run.multimodal.latent,
                autocast=autocast,
            )
        assert isinstance(run, UnpairedTranslationRun)
        if run.cycle is not None:
            return CycleTranslation(call, self.network, losses, identity=run.cycle.identity, autocast=autocast)
        assert run.contrast is not None
        return ContrastiveTranslation(
            call,
            self.network,
            layers=run.contrast.layers,
            patches=run.contrast.patches,
            weight=run.contrast.weight,
            identity=run.contrast.identity,
            flip=run.contrast.flip,
            temperature=run.contrast.temperature,
            autocast=autocast,
        )

    def discriminator(self, section: StageSection) -> Discriminator:
        """The opponent of a stage; with a cycle it judges both kinds of pictures."""
        one = super().discriminator(section)
        if isinstance(self.run, UnpairedTranslationRun) and self.run.cycle is not None:
            return BothDomains(one, super().discriminator(section))
        return one

    def probe(self) -> int:
        """Read the first pictures."""
        feeding = self.feeding(Processes(), torch.device("cpu"))
        feeding.read(first=True)
        return feeding.count

    def made_up(self, section: StageSection, count: int, device: torch.device) -> TranslationBatch:
        """Noise."""
        side = section.data.patch_at(1.0)
        source, target = (
            torch.rand(count, 3, side, side, device=device).to(memory_format=torch.channels_last) for _ in range(2)
        )
        return TranslationBatch(source, target)

    def description(self) -> dict[str, Any]:
        """What else somebody must know who runs it."""
        generator, data = self.network.generator, self.run.data
        return {
            "generator": self.run.model_dump(mode="json")["generator"],
            "scale": generator.scale,
            "range": "0..1",
            "receptive_field": receptive_field(generator),
            "multiple_of": generator.multiple_of,
            "minimum": generator.minimum,
            "background": _BACKGROUNDS.get(data.background),
            "latent": generator.latent,
            "size": data.load or data.size,
        }


def _projection(section: ContrastSection, generator: nn.Module, kind: str) -> PatchProjection:
    if not isinstance(generator, FeatureGenerator):
        raise UsageError(f"contrast: the generator {kind!r} shows no features; use unet or resnet")
    try:
        channels = generator.feature_channels(section.layers)
    except ValueError as error:
        raise UsageError(f"contrast.layers: {error}") from None
    return PatchProjection(channels, width=section.width)
