"""The parts of a run of generation."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from srgan.data import PictureBatch, load_pictures
from srgan.tasks import Generation, GenerationModel
from srgan.training.assembly import Assembly
from srgan.training.generation_models import build_model
from srgan.training.generation_run import GenerationRun
from srgan.training.parts import make_losses
from srgan.training.picture_feeding import PictureFeeding
from srgan.training.picture_sections import listed_pictures
from srgan.training.processes import Processes
from srgan.training.sample_validation import SampleValidation
from srgan.training.sections import StageSection

__all__ = ["GenerationAssembly"]


class GenerationAssembly(Assembly):
    """A generator from latent vectors to pictures, perhaps an encoder the other way, and pictures.

    Args:
        run: the checked run.

    Raises:
        UsageError: options do not go together, or the pictures cannot be used.
    """

    run: GenerationRun
    network: GenerationModel

    def __init__(self, run: GenerationRun) -> None:
        super().__init__(run)
        self._pictures, self._class_names = 0, list[str]()
        if run.latents == "optimised" or run.classes:
            found = listed_pictures(run.data, classes=run.data.classes, key="data")
            self._pictures = len(found.paths) if run.latents == "optimised" else 0
            self._class_names = list(found.classes) if run.classes else []
        self.network = build_model(self.description())

    def feeding(self, processes: Processes, device: torch.device) -> PictureFeeding:
        """Whole pictures."""
        return PictureFeeding(self.run, processes, device)

    def measurement(self) -> SampleValidation | None:
        """Sheets of samples, and their distance from held-out pictures."""
        wanted, run = self.run.validation, self.run
        if wanted is None:
            return None
        return SampleValidation(wanted, size=run.data.size, classes=run.classes, seed=run.seed)

    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> Generation:
        """Making pictures like those of the batch."""
        return Generation(
            call,
            self.network,
            make_losses(section.loss, device),
            condition=section.adversarial is not None and section.adversarial.condition == "class",
            classes=self.run.data.classes,
            autocast=autocast,
        )

    def probe(self) -> int:
        """Read the first picture."""
        data = self.run.data
        found = listed_pictures(data, classes=data.classes, key="data")
        load_pictures(found.paths[:1], size=data.size)
        return len(found.paths)

    def made_up(self, section: StageSection, count: int, device: torch.device) -> PictureBatch:
        """Noise, in classes in turn."""
        side, classes = section.data.patch_at(1.0), self.run.data.classes
        pictures = torch.rand(count, 3, side, side, device=device).to(memory_format=torch.channels_last)
        numbers = torch.arange(count, device=device)
        labels = numbers % classes if classes else torch.full_like(numbers, -1)
        return PictureBatch(pictures, labels, numbers % max(1, self._pictures))

    def description(self) -> dict[str, Any]:
        """What the networks are made of."""
        tables = self.run.model_dump(mode="json")
        generator = {**tables["generator"], "classes": self.run.classes}
        encoder = None if tables["encoder"] is None else {**tables["encoder"], "latent": generator["latent"]}
        networks = {"generator": generator, "encoder": encoder, "pictures": self._pictures}
        return {**networks, "class_names": self._class_names, "size": self.run.data.size, "range": "0..1"}
