"""The tables of a run file."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from srgan.config import Section

__all__ = [
    "AdversarialSection",
    "CheckpointSection",
    "DataSection",
    "InitSection",
    "MeasurementSection",
    "SafetySection",
    "SourceSection",
    "StageSection",
    "SuperResolutionStage",
    "TrainSection",
    "ValidationSection",
    "check_players",
]


class GrowthSection(Section):
    """One step of a progressive patch size."""

    until: float = Field(gt=0, lt=1, description="share of the stage's steps")
    patch: int = Field(ge=8, description="side of a crop until then, LR pixels")


class SourceSection(Section):
    """Where the training pictures come from; each task has its own keys."""

    workers: int = Field(1, ge=1, le=64, description="threads that prepare batches")
    licence: str = Field("unknown", description="what the pictures allow, travels with the model")

    def patch_at(self, progress: float) -> int:
        """Side of the crops, in the generator's input pixels, when this share of the stage is done."""
        raise TypeError(f"{type(self).__name__} does not define patch_at")


class DataSection(SourceSection):
    """Where the training pairs come from and how crops are cut."""

    high: Path = Field(description="folder of full pictures")
    low: Path | None = Field(None, description="folder of small pictures; absent: made by MATLAB-exact bicubic")
    degradation: dict[str, Any] | None = Field(
        None, description="how small pictures are made anew in every step; absent: bicubic, once, in advance"
    )
    cache: Path | None = Field(None, description="folder for memory-mapped pairs; absent: all in memory")
    patch: int = Field(48, ge=8, description="side of a crop, LR pixels")
    progressive: list[GrowthSection] = Field([], description="smaller crops at first, then `patch`")
    texture: float = Field(1.0, ge=0, description="0: crops anywhere alike; 1: more often where there is texture")
    augment: bool = Field(True, description="flips and rotations")

    @model_validator(mode="after")
    def _sensible(self) -> "DataSection":
        if self.low is not None and self.degradation is not None:
            raise ValueError("give either low, a folder of small pictures, or degradation, which makes them")
        shares = [growth.until for growth in self.progressive]
        if shares != sorted(set(shares)):
            raise ValueError(f"progressive: the shares in `until` must rise, they are {shares}")
        return self

    def patch_at(self, progress: float) -> int:
        """Side of a crop when this share of the stage is done."""
        return next((growth.patch for growth in self.progressive if progress < growth.until), self.patch)


class TrainSection(Section):
    """Length, optimiser and arithmetic."""

    steps: int = Field(gt=0)
    max_minutes: float | None = Field(
        None, gt=0, description="end when this time is up; the schedule then follows the clock, where it is ahead"
    )
    batch: int = Field(16, gt=0, description="pairs a step, over all processes")
    accumulate: int = Field(1, ge=1, description="parts in which a batch is worked through, to save memory")
    optimiser: Literal["adam", "adamw"] = "adam"
    lr: float = Field(1e-3, gt=0, description="learning rate after the warm-up")
    schedule: Literal["cosine", "multistep", "constant"] = "cosine"
    final_lr: float = Field(1e-6, ge=0, description="learning rate at the last step (cosine)")
    milestones: list[float] = Field([0.5, 0.75, 0.9], description="shares of the stage after which multistep lowers")
    gamma: float = Field(0.5, gt=0, lt=1, description="factor of multistep")
    warmup: int = Field(0, ge=0, description="steps of linear warm-up")
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = Field(0.0, ge=0)
    clip: float | None = Field(None, gt=0, description="largest norm of the gradient")
    ema: float = Field(0.999, ge=0, lt=1, description="decay of the averaged weights; 0: the last weights")
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    compile: bool = Field(False, description="torch.compile the networks; needs a C++ compiler on CPUs")
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @model_validator(mode="after")
    def _sensible(self) -> "TrainSection":
        if self.warmup >= self.steps:
            raise ValueError(f"warmup ({self.warmup}) must be below steps ({self.steps})")
        if self.batch % self.accumulate:
            raise ValueError(f"accumulate ({self.accumulate}) must divide batch ({self.batch})")
        if any(not 0 < share < 1 for share in self.milestones) or self.milestones != sorted(self.milestones):
            raise ValueError(f"milestones are rising shares between 0 and 1, not {self.milestones}")
        return self


class AdversarialSection(Section):
    """The game against the discriminator."""

    objective: dict[str, Any] = Field({"kind": "nonsaturating"}, description="a name, or a table with kind and options")
    weight: float = Field(1e-3, ge=0, description="factor of the generator's adversarial term")
    feature_matching: float = Field(0.0, ge=0, description="factor of the distance of the discriminator's features")
    feature_means: float = Field(
        0.0, ge=0, description="factor of the distance of the mean features of real and generated batches"
    )
    classification: float = Field(0.0, ge=0, description="factor of the cross-entropy of the discriminator's classes")
    correlation: float = Field(
        0.0, ge=0, description="factor of the correlation of latents and the discriminator's codes (O-GAN)"
    )
    condition: Literal["low", "class", "source", "text"] | None = Field(
        None, description="what the discriminator sees beside the picture: the small one, its class, source or text"
    )
    wrong: bool = Field(False, description="real pictures with texts that are not theirs count as fakes, too (GAN-CLS)")
    interpolation: float = Field(
        0.0, ge=0, description="factor of the generator's term for texts halfway between two (INT)"
    )
    steps: int = Field(1, ge=1, description="updates of the discriminator for one of the generator")
    every: int = Field(1, ge=1, description="the discriminator learns in every n-th step only")
    warmup: int = Field(0, ge=0, description="steps at the start in which the discriminator learns alone")
    guard: float | None = Field(
        None, gt=0.5, lt=1, description="the discriminator rests while it is right in more than this share of places"
    )
    penalty: list[dict[str, Any]] = Field([], description="gradient penalties; every = n computes it lazily")
    packing: int = Field(1, ge=1, description="samples that the discriminator judges together (PacGAN)")
    pool: int = Field(0, ge=0, description="earlier fakes that are kept, half of which the discriminator sees again")
    unrolled: int = Field(0, ge=0, le=50, description="steps of the discriminator that the generator looks ahead")
    noise: float = Field(0.0, ge=0, description="standard deviation of noise on all that the discriminator sees")
    noise_until: float = Field(1.0, gt=0, le=1, description="share of the stage over which the noise falls to nothing")
    augment: list[Literal["colour", "translation", "cutout"]] = Field(
        [], description="differentiable augmentation of all that the discriminator sees"
    )
    adaptive: float | None = Field(
        None, gt=0, lt=1, description="augment as often as keeps the mean sign of real scores here (ADA: 0.6)"
    )
    optimiser: Literal["adam", "adamw"] = "adam"
    lr: float = Field(1e-4, gt=0, description="the discriminator's learning rate; it follows the same schedule")
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = Field(0.0, ge=0)
    clip: float | None = Field(None, gt=0, description="largest norm of the discriminator's gradient")

    @field_validator("objective", mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _sensible(self) -> "AdversarialSection":
        if self.steps > 1 and self.every > 1:
            raise ValueError("give either steps, more updates of the discriminator, or every, fewer of them")
        kinds = [str(table.get("kind")) for table in self.penalty]
        if len(set(kinds)) < len(kinds):
            raise ValueError(f"penalty: give each kind once, there are {', '.join(kinds)}")
        if self.noise_until < 1 and not self.noise:
            raise ValueError("noise_until says when the noise ends, but there is none: set noise")
        if self.adaptive is not None and not self.augment:
            raise ValueError("adaptive says how often to augment, but augment names no change")
        if len(set(self.augment)) < len(self.augment):
            raise ValueError(f"augment: give each change once, there are {', '.join(self.augment)}")
        return self


class StageSection(Section):
    """One stage: what is minimised, on which crops, for how long. Absent keys come from the top of the run file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="small letters, digits, and between them - _")
    loss: list[dict[str, Any]] = Field(min_length=1)
    data: SourceSection
    train: TrainSection
    discriminator: dict[str, Any] | None = None
    adversarial: AdversarialSection | None = None

    @model_validator(mode="after")
    def _both_players(self) -> "StageSection":
        check_players(self.discriminator, self.adversarial, self.train)
        return self


class SuperResolutionStage(StageSection):
    """A stage of super-resolution."""

    data: DataSection


def check_players(
    discriminator: dict[str, Any] | None, adversarial: AdversarialSection | None, train: TrainSection | None
) -> None:
    """The tables of a game come together.

    Raises:
        ValueError: says which one is missing.
    """
    if (discriminator is None) != (adversarial is None):
        absent, there = ("discriminator", "adversarial") if discriminator is None else ("adversarial", "discriminator")
        raise ValueError(f"there is a table {there}, but none called {absent}; the game needs both")
    if adversarial is not None and train is not None and adversarial.warmup >= train.steps:
        raise ValueError(f"adversarial.warmup ({adversarial.warmup}) must be below train.steps ({train.steps})")


class InitSection(Section):
    """Weights to start from."""

    weights: Path = Field(
        description="a run's folder, a checkpoint, a .safetensors, .pth or .onnx file, or a packaged model's name"
    )
    partial: bool = Field(False, description="take what fits and start the rest afresh")
    stage: str | None = Field(None, description="the stage to begin with; those before it count as done")


class MeasurementSection(Section):
    """Measurements during the training; each task has its own keys."""

    every: int = Field(1000, gt=0, description="steps between two measurements")


class ValidationSection(MeasurementSection):
    """Pictures that are measured during the training."""

    high: Path
    low: Path | None = None
    limit: int | None = Field(None, gt=0, description="use the first pictures only")
    crop: int | None = Field(None, gt=0, description="measure only the centre, at most this many HR pixels a side")
    images: int = Field(4, ge=0, description="pictures shown in TensorBoard")
    lpips: bool = Field(False, description="measure LPIPS (AlexNet) too; needs AlexNet's weights")


class CheckpointSection(Section):
    """How often the state is saved."""

    every: int = Field(1000, gt=0, description="steps between two checkpoints")
    keep: int = Field(3, gt=0, description="newest checkpoints that are kept")
    best: int = Field(0, ge=0, description="best models of the validations that are kept besides")
    metric: Literal["psnr_y", "psnr", "ssim_y", "lpips", "kernel_distance", "r_precision"] = Field(
        "psnr_y", description="what best means"
    )


class SafetySection(Section):
    """What happens when a loss or a gradient is not finite."""

    skips: int = Field(5, ge=0, description="such steps in a row that are left out before going back to a checkpoint")
    rollbacks: int = Field(3, ge=0, description="returns to a checkpoint before the training gives up (exit code 7)")
    lr_factor: float = Field(0.5, gt=0, le=1, description="factor of all learning rates after each return")
