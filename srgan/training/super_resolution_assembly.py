"""The parts of a run of super-resolution."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import nn

from srgan.data import Batch, load_pair
from srgan.errors import PictureError, UsageError
from srgan.networks import Generator, receptive_field
from srgan.tasks import SuperResolution
from srgan.training.assembly import Assembly
from srgan.training.pair_feeding import PairFeeding
from srgan.training.parts import find_pairs, make_generator, make_losses
from srgan.training.processes import Processes
from srgan.training.sections import StageSection
from srgan.training.super_resolution_run import SuperResolutionRun
from srgan.training.validation import Validation

__all__ = ["SuperResolutionAssembly"]


class SuperResolutionAssembly(Assembly):
    """A generator from picture to picture, and pairs of pictures.

    Args:
        run: the checked run.
    """

    run: SuperResolutionRun
    network: Generator

    def __init__(self, run: SuperResolutionRun) -> None:
        super().__init__(run)
        self.network = make_generator(run.generator)

    def feeding(self, processes: Processes, device: torch.device) -> PairFeeding:
        """Crops of pairs."""
        return PairFeeding(self.run, self.network, processes, device)

    def measurement(self) -> Validation | None:
        """Distances from true pictures."""
        return None if self.run.validation is None else Validation(self.run.validation, self.network.scale)

    def task(
        self,
        section: StageSection,
        call: Callable[..., Any],
        average: nn.Module,
        *,
        autocast: torch.autocast,
        device: torch.device,
    ) -> SuperResolution:
        """Enlarging."""
        return SuperResolution(
            call,
            cast("Generator", average),
            make_losses(section.loss, device),
            scale=self.network.scale,
            condition=section.adversarial is not None and section.adversarial.condition is not None,
            autocast=autocast,
        )

    def probe(self) -> int:
        """Read the first pair."""
        run = self.run
        pairs = find_pairs(run.data.high, run.data.low, scale=self.network.scale, key="data")
        try:
            low, _ = load_pair(pairs[0], self.network.scale)
        except PictureError as error:
            raise UsageError(f"data: {error}") from error
        for stage in run.stages:
            patch = stage.data.patch_at(1.0)
            if min(low.shape[:2]) < patch:
                raise UsageError(
                    f"data.patch is {patch}, but {pairs[0].high} has only {low.shape[1]}x{low.shape[0]} LR pixels"
                )
        return len(pairs)

    def made_up(self, section: StageSection, count: int, device: torch.device) -> Batch:
        """Noise, and the same enlarged."""
        side, scale = section.data.patch_at(1.0), self.network.scale
        low = torch.rand(count, 3, side, side, device=device).to(memory_format=torch.channels_last)
        high = low.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
        return Batch(low, high.to(memory_format=torch.channels_last))

    def description(self) -> dict[str, Any]:
        """Scale and what else somebody must know who runs it."""
        network = self.network
        return {
            "generator": self.run.model_dump(mode="json")["generator"],
            "scale": network.scale,
            "range": "0..1",
            "receptive_field": receptive_field(network),
            "multiple_of": network.multiple_of,
            "minimum": network.minimum,
        }
