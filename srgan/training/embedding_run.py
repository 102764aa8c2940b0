"""The run file of a joint embedding of texts and pictures."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from srgan.networks import PICTURE_ENCODERS, TEXT_ENCODERS
from srgan.training.caption_sections import CaptionValidationSection, EmbeddingDataSection, EmbeddingSection, held_out
from srgan.training.run import Run
from srgan.training.sections import StageSection

__all__ = ["EmbeddingRun", "EmbeddingStage"]


class EmbeddingStage(StageSection):
    """A stage of a joint embedding."""

    loss: list[dict[str, Any]] = Field([])
    data: EmbeddingDataSection


class EmbeddingRun(Run):
    """Training two encoders, of texts and of pictures, whose vectors agree where the text is about the picture."""

    parts: ClassVar = {"text_encoder": TEXT_ENCODERS, "picture_encoder": PICTURE_ENCODERS}
    stage_type: ClassVar = EmbeddingStage
    shared: ClassVar = {
        "data": (
            *("captions", "images", "root", "names", "without", "strip"),
            *("size", "background", "flip", "length", "licence"),
        ),
        "train": ("device",),
    }
    needed: ClassVar = ("train",)

    task: Literal["joint_embedding"]
    text_encoder: dict[str, Any]
    picture_encoder: dict[str, Any]
    embedding: EmbeddingSection = Field(default_factory=lambda: EmbeddingSection.model_validate({}))
    data: EmbeddingDataSection
    stage: Sequence[EmbeddingStage] = Field([], description="what is done one after the other")
    validation: CaptionValidationSection | None = None

    @model_validator(mode="after")
    def _measured(self) -> "EmbeddingRun":
        if self.checkpoint.best and self.checkpoint.metric != "r_precision":
            raise ValueError('checkpoint.metric: use "r_precision"')
        return self

    @property
    def held_out(self) -> CaptionValidationSection | None:
        """``[validation]``, with captions cut as those of ``[data]`` are unless it says otherwise."""
        return None if self.validation is None else held_out(self.validation, self.data)

    def opponent(self, stage: StageSection) -> dict[str, int]:
        """There is none."""
        return {}

    def check_stage(self, stage: StageSection) -> None:
        """Refuse games and distances of pictures."""
        if stage.adversarial is not None:
            raise ValueError("adversarial: a joint embedding has no opponent; leave it out")
        if stage.loss:
            raise ValueError(f"loss: {stage.loss[0]['kind']!r} compares pictures; [embedding] says what is minimised")
        if stage.train.batch // stage.train.accumulate < 2:
            raise ValueError("train.batch: what belongs together is told from the rest of a batch; use 2 or more")
