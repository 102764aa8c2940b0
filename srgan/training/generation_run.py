"""The run file of generation: pictures of nothing but random numbers, or of these and a class."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from srgan.networks import ENCODERS, LATENT_GENERATORS
from srgan.training.game_rules import refuse_texts
from srgan.training.picture_sections import PicturesSection, SampleValidationSection
from srgan.training.run import Run
from srgan.training.sections import StageSection

__all__ = ["GenerationRun", "GenerationStage"]


class GenerationStage(StageSection):
    """A stage of generation."""

    loss: list[dict[str, Any]] = Field([])
    data: PicturesSection


class GenerationRun(Run):
    """Training a network that makes pictures.

    Drawn latents are the usual game. With ``latents = "optimised"`` there is none: each training picture gets a latent
    vector of its own, which is learnt with the generator (GLO, Bojanowski et al. 2018). An ``[encoder]`` plays on the
    generator's side and learns to tell the latent vector of a picture (BiGAN, Donahue et al. 2017). Where there is an
    encoder, ``[[loss]]`` asks the pictures back from their codes (ALICE, Li et al. 2017).
    """

    parts: ClassVar = {"generator": LATENT_GENERATORS, "encoder": ENCODERS}
    stage_type: ClassVar = GenerationStage
    shared: ClassVar = {
        "data": ("pictures", "names", "classes", "size", "background", "flip", "licence"),
        "train": ("device",),
    }
    needed: ClassVar = ("train",)

    task: Literal["generation"]
    latents: Literal["drawn", "optimised"] = Field(
        "drawn", description="optimised: a latent vector is learnt for every picture, without a discriminator (GLO)"
    )
    generator: dict[str, Any]
    encoder: dict[str, Any] | None = Field(None, description="a network from pictures to latent vectors (BiGAN)")
    data: PicturesSection
    stage: Sequence[GenerationStage] = Field([], description="what is done one after the other")
    validation: SampleValidationSection | None = None

    @model_validator(mode="after")
    def _fits(self) -> "GenerationRun":
        if self.latents == "optimised":
            if self.encoder is not None:
                raise ValueError('latents is "optimised", which gives every picture its code: leave [encoder] out')
            if self.data.background == "random" or self.data.flip:
                raise ValueError(
                    'latents is "optimised": a picture must stay the same; use data.background = "fixed" and '
                    "data.flip = false"
                )
        if self.checkpoint.best and self.checkpoint.metric != "kernel_distance":
            raise ValueError('checkpoint.metric: use "kernel_distance"; the others need a true picture')
        return self

    @property
    def classes(self) -> int:
        """Classes that the generator is asked for; with n + 1 of them only the discriminator knows any."""
        asked = any(
            stage.adversarial is None
            or stage.adversarial.condition == "class"
            or (stage.discriminator or {}).get("head") == "auxiliary"
            for stage in self.stages
        )
        return self.data.classes if asked else 0

    def opponent(self, stage: StageSection) -> dict[str, int]:
        """It may see the class and the latent vector, several times where samples are packed."""
        game = stage.adversarial
        if game is None:
            return {}
        latent = int(self.generator["latent"])
        seen = self.data.classes if game.condition == "class" else 0
        seen += latent if self.encoder is not None else 0
        return {
            "condition_channels": 3 * (game.packing - 1) + game.packing * seen,
            "classes": self.data.classes,
            "code": latent,
        }

    def check_stage(self, stage: StageSection) -> None:
        """Refuse stages from which the generator cannot learn, and conditions that are not there."""
        self._check_sizes(stage)
        if self.latents == "optimised":
            if stage.adversarial is not None:
                raise ValueError('adversarial: latents is "optimised", which has no discriminator; leave it out')
            if not stage.loss:
                raise ValueError('loss is missing: latents is "optimised" and needs a distance, such as "laplacian"')
            return
        if stage.adversarial is None:
            raise ValueError("adversarial is missing: nothing else teaches a generator with drawn latents")
        if stage.loss and self.encoder is None and (stage.discriminator or {}).get("head") != "code":
            raise ValueError(
                f"loss: {stage.loss[0]['kind']!r} compares a picture with its true one, but what is made of drawn "
                'latents has none; leave it out, use latents = "optimised", or take an encoder ([encoder], or '
                'discriminator.head = "code"), from whose codes pictures are asked back'
            )
        if stage.loss and self.encoder is None and stage.train.precision == "fp16":
            raise ValueError(
                f"loss: {stage.loss[0]['kind']!r} asks pictures back from the discriminator's codes: it teaches "
                'both players, but with train.precision = "fp16" each scales its gradient in its own way; use "bf16"'
            )
        self._check_game(stage)

    def _check_game(self, stage: StageSection) -> None:
        game, table = stage.adversarial, stage.discriminator
        assert game is not None
        assert table is not None
        head = table.get("head")
        refuse_texts(game)
        if game.condition in ("low", "source", "text"):
            raise ValueError(f'adversarial.condition is "{game.condition}", which is for other tasks; use "class"')
        if game.condition == "class" and not self.data.classes:
            raise ValueError('adversarial.condition is "class", but data.classes is 0')
        if game.feature_matching:
            raise ValueError("adversarial.feature_matching compares pairs, and there are none; use feature_means")
        if (game.classification > 0) != (head in ("auxiliary", "n_plus_one")):
            raise ValueError(
                f"adversarial.classification is {game.classification:g} and discriminator.head is {head!r}; "
                'classes need both, a factor and a head that is "auxiliary" or "n_plus_one"'
            )
        if (game.correlation > 0) != (head == "code"):
            raise ValueError(
                f"adversarial.correlation is {game.correlation:g} and discriminator.head is {head!r}; "
                'O-GAN needs both, a factor and head = "code"'
            )

    def _check_sizes(self, stage: StageSection) -> None:
        """All networks are made for the pictures' size."""
        tables = {"generator": self.generator, "encoder": self.encoder, "discriminator": stage.discriminator}
        for key, table in tables.items():
            size = None if table is None else table.get("size")
            if size is not None and size != self.data.size:
                raise ValueError(f"{key}.size is {size}, but data.size is {self.data.size}; both must be equal")
