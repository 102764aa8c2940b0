"""The run files of image-to-image translation, with and without pairs."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from srgan.networks import GENERATORS, STYLE_ENCODERS
from srgan.training.picture_games import refuse_other_games, seen_pictures
from srgan.training.run import Run
from srgan.training.sections import StageSection
from srgan.training.translation_sections import (
    ContrastSection,
    CycleSection,
    MultimodalSection,
    TranslationSection,
    TranslationValidationSection,
)

__all__ = ["PairedTranslationRun", "TranslationRun", "TranslationStage", "UnpairedTranslationRun"]


class TranslationStage(StageSection):
    """A stage of translation."""

    loss: list[dict[str, Any]] = Field([])
    data: TranslationSection


class TranslationRun(Run):
    """What both kinds of translation have in common."""

    parts: ClassVar = {"generator": GENERATORS}
    stage_type: ClassVar = TranslationStage
    shared: ClassVar = {
        "data": (
            *("source", "target", "pictures", "order", "names", "without", "missing", "load"),
            *("size", "background", "flip", "rotate", "zoom", "shift", "licence"),
        ),
        "train": ("device",),
    }
    needed: ClassVar = ("train",)

    generator: dict[str, Any]
    data: TranslationSection
    stage: Sequence[TranslationStage] = Field([], description="what is done one after the other")
    validation: TranslationValidationSection | None = None

    @model_validator(mode="after")
    def _measured(self) -> "TranslationRun":
        wanted = self.checkpoint.metric
        if self.checkpoint.best and wanted not in ("psnr", "ssim_y", "lpips"):
            raise ValueError('checkpoint.metric: translation measures "psnr", "ssim_y" and "lpips"')
        if wanted == "lpips" and self.validation is not None and not self.validation.lpips:
            raise ValueError("checkpoint.metric is lpips; set validation.lpips = true, so that it is measured")
        if self.generator.get("scale", 1) != 1:
            raise ValueError(f"generator.scale is {self.generator['scale']}, but translation keeps the size; use 1")
        return self

    def opponent(self, stage: StageSection) -> dict[str, int]:
        """It sees the source, if it shall, and further pictures of its pack."""
        return seen_pictures(stage)

    def check_stage(self, stage: StageSection) -> None:
        """Refuse what belongs to other tasks."""
        refuse_other_games(stage, condition="source")


class PairedTranslationRun(TranslationRun):
    """Training a network that makes of a picture the one that belongs to it (pix2pix, SPADE, BicycleGAN)."""

    parts: ClassVar = {"generator": GENERATORS, "encoder": STYLE_ENCODERS}

    task: Literal["paired_translation"]
    encoder: dict[str, Any] | None = Field(
        None, description="a network from target pictures to latent vectors, for several answers (BicycleGAN)"
    )
    multimodal: MultimodalSection = Field(default_factory=lambda: MultimodalSection.model_validate({}))

    def check_stage(self, stage: StageSection) -> None:
        """Refuse stages from which nothing is learnt, and latent vectors without an encoder."""
        super().check_stage(stage)
        if not stage.loss and stage.adversarial is None:
            raise ValueError("loss is missing: give [[loss]], or a game, or both")
        latent = self.generator.get("latent", 0)
        if (self.encoder is not None) != (latent > 0):
            raise ValueError(
                f"generator.latent is {latent} and the table encoder is {'there' if self.encoder else 'absent'}; "
                "several answers need both (BicycleGAN)"
            )
        if self.encoder is None and "multimodal" in self.model_fields_set:
            raise ValueError("multimodal is of no use without latent vectors: give generator.latent and [encoder] too")
        if latent and stage.train.batch // stage.train.accumulate < 2:
            raise ValueError("train.batch: of a batch one half learns with the encoder and one without; use 2 or more")
        if latent and not stage.loss:
            raise ValueError("loss is missing: what the encoder saw must come back; use l1")


class UnpairedTranslationRun(TranslationRun):
    """Training a network that gives pictures the look of others, which are no pairs (CycleGAN, CUT)."""

    task: Literal["unpaired_translation"]
    cycle: CycleSection | None = Field(None, description="CycleGAN: a second generator undoes what the first does")
    contrast: ContrastSection | None = Field(None, description="CUT: every place stays recognisable")

    @model_validator(mode="after")
    def _one_way(self) -> "UnpairedTranslationRun":
        if (self.cycle is None) == (self.contrast is None):
            raise ValueError("give either a table [cycle] (CycleGAN) or a table [contrast] (CUT)")
        if self.data.pictures is not None:
            raise ValueError("data.pictures: files with both pictures hold pairs; give data.source and data.target")
        return self

    def check_stage(self, stage: StageSection) -> None:
        """Refuse stages that cannot tell what is asked for."""
        super().check_stage(stage)
        game = stage.adversarial
        if game is None:
            raise ValueError("adversarial is missing: without pairs nothing else says what pictures should become")
        if self.generator.get("latent"):
            raise ValueError(f"generator.latent is {self.generator['latent']}, which needs pairs; use 0")
        for key in ("condition", "feature_matching"):
            if getattr(game, key):
                raise ValueError(f"adversarial.{key} compares pairs, and there are none; leave it out")
        if self.cycle is not None and not stage.loss:
            raise ValueError("loss is missing: [cycle] needs a distance of what comes back; use l1 with weight = 10")
        if self.cycle is not None and game.packing > 1:
            raise ValueError("adversarial.packing: [cycle] judges pictures of both kinds at once; use 1")
        if self.contrast is not None and stage.loss:
            raise ValueError(
                f"loss: {stage.loss[0]['kind']!r} compares with a true picture, and there is none; [contrast] is all"
            )
