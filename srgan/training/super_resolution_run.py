"""The run file of super-resolution."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from srgan.networks import GENERATORS
from srgan.training.picture_games import refuse_other_games, seen_pictures
from srgan.training.run import Run
from srgan.training.sections import DataSection, StageSection, SuperResolutionStage, ValidationSection

__all__ = ["SuperResolutionRun"]


class SuperResolutionRun(Run):
    """Training a network that enlarges pictures."""

    parts: ClassVar = {"generator": GENERATORS}
    stage_type: ClassVar = SuperResolutionStage
    shared: ClassVar = {"data": ("high", "low", "cache", "licence"), "train": ("device",)}

    task: Literal["super_resolution"] = "super_resolution"
    generator: dict[str, Any]
    data: DataSection
    stage: Sequence[SuperResolutionStage] = Field([], description="what is done one after the other")
    validation: ValidationSection | None = None

    @model_validator(mode="after")
    def _measured(self) -> "SuperResolutionRun":
        wanted = self.checkpoint.metric
        if wanted in ("kernel_distance", "psnr", "r_precision"):
            raise ValueError(f"checkpoint.metric: {wanted} is measured in other tasks only; psnr_y is that of luma")
        if wanted == "lpips" and self.validation is not None and not self.validation.lpips:
            raise ValueError("checkpoint.metric is lpips; set validation.lpips = true, so that it is measured")
        return self

    def opponent(self, stage: StageSection) -> dict[str, int]:
        """It sees the small picture, if it shall, and further pictures of its pack."""
        return seen_pictures(stage)

    def check_stage(self, stage: StageSection) -> None:
        """Refuse what belongs to other tasks."""
        if self.generator.get("latent"):
            raise ValueError(f"generator.latent is {self.generator['latent']}, which is for translation; use 0")
        refuse_other_games(stage, condition="low")
