"""The run file of text-to-image."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from srgan.networks import LATENT_GENERATORS
from srgan.training.caption_sections import CaptionsSection, SampledCaptionsSection, TextSection, held_out
from srgan.training.game_rules import ASKING
from srgan.training.run import Run
from srgan.training.sections import AdversarialSection, StageSection

__all__ = ["TextToImageRun", "TextToImageStage"]


class TextToImageStage(StageSection):
    """A stage of text-to-image."""

    loss: list[dict[str, Any]] = Field([])
    data: CaptionsSection


class TextToImageRun(Run):
    """Training a network that makes pictures of texts.

    The texts are read by a joint embedding that was trained before, and does not learn. ``[[loss]]`` asks for the very
    picture that a text belongs to, as translation does: it helps where most texts have one picture only, and takes
    variety away.
    """

    parts: ClassVar = {"generator": LATENT_GENERATORS}
    stage_type: ClassVar = TextToImageStage
    shared: ClassVar = {
        "data": (
            *("captions", "images", "root", "names", "without", "strip"),
            *("size", "background", "flip", "licence"),
        ),
        "train": ("device",),
    }
    needed: ClassVar = ("train",)

    task: Literal["text_to_image"]
    generator: dict[str, Any]
    text: TextSection
    data: CaptionsSection
    stage: Sequence[TextToImageStage] = Field([], description="what is done one after the other")
    validation: SampledCaptionsSection | None = None

    @model_validator(mode="after")
    def _fits(self) -> "TextToImageRun":
        size = self.generator.get("size")
        if size is not None and size != self.data.size:
            raise ValueError(f"generator.size is {size}, but data.size is {self.data.size}; both must be equal")
        if bool(self.generator.get("augmentation")) != (self.text.divergence > 0):
            raise ValueError(
                "text.divergence keeps augmented conditions near N(0, 1): give both generator.augmentation = true and "
                "a factor above 0, or neither"
            )
        if self.checkpoint.best:
            judged = self.validation is not None and self.validation.judge is not None
            if self.checkpoint.metric != "kernel_distance" and not (judged and self.checkpoint.metric == "r_precision"):
                raise ValueError('checkpoint.metric: use "kernel_distance", or "r_precision" with validation.judge')
        return self

    @property
    def held_out(self) -> SampledCaptionsSection | None:
        """``[validation]``, with captions cut as those of ``[data]`` are unless it says otherwise."""
        return None if self.validation is None else held_out(self.validation, self.data)

    def opponent(self, stage: StageSection) -> dict[str, int]:
        """It may see the text, several times where samples are packed."""
        game = stage.adversarial
        if game is None:
            return {}
        seen = self.text.embedding if game.condition == "text" else 0
        return {"condition_channels": 3 * (game.packing - 1) + game.packing * seen}

    def check_stage(self, stage: StageSection) -> None:
        """Refuse stages from which the generator cannot learn, and games about what is not there."""
        game, table = stage.adversarial, stage.discriminator or {}
        if game is None and not stage.loss:
            raise ValueError("loss is missing: without a game, [[loss]] says what is learnt")
        if stage.loss and (self.data.background == "random" or self.data.flip):
            raise ValueError(
                f"loss: {stage.loss[0]['kind']!r} asks for the picture that a text belongs to, which must then stay "
                'the same: use data.background = "fixed", "white" or "black" and data.flip = false'
            )
        if game is None:
            return
        if table.get("size", self.data.size) != self.data.size:
            raise ValueError(f"discriminator.size is {table['size']}, but data.size is {self.data.size}")
        _check_texts(game)
        for key in ("classification", "correlation", "feature_matching"):
            if getattr(game, key):
                raise ValueError(f"adversarial.{key} is for other tasks; leave it out")
        if table.get("head") in ASKING:
            raise ValueError(f'discriminator.head is "{table["head"]}", which is for task = "generation"; use "score"')


def _check_texts(game: AdversarialSection) -> None:
    """What the game does with texts."""
    if game.condition not in (None, "text"):
        raise ValueError(f'adversarial.condition is "{game.condition}", which is for other tasks; use "text"')
    if game.wrong and game.condition is None:
        raise ValueError('adversarial.wrong needs a discriminator that sees the text: condition = "text"')
    if game.wrong and (game.objective.get("relativistic") or game.objective["kind"] == "qp"):
        raise ValueError("adversarial.wrong: the objective compares real with fake, and wrong pairs have no partner")
    several = "packing" if game.packing > 1 else "unrolled" if game.unrolled else None
    for key in ("wrong", "interpolation"):
        if getattr(game, key) and several:
            raise ValueError(f"adversarial.{key} does not go with adversarial.{several}; use one of the two")
    if game.interpolation and (game.objective.get("relativistic") or game.objective["kind"] == "qp"):
        raise ValueError("adversarial.interpolation: the objective compares real with fake, and these have no partner")
