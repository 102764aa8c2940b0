"""What is done to a model's result beyond the result itself."""

import json
from dataclasses import dataclass

from srgan.errors import UsageError
from srgan.runtime.metadata import ModelMetadata

__all__ = ["Finish", "plays_a_game"]


@dataclass(frozen=True)
class Finish:
    """How a model's result becomes the picture that is wanted; without any wish, as it is.

    Attributes:
        strength: share of the model in a blend with its counterpart (`Model.counterpart`), where it has none with
            MATLAB's bicubic, 0 to 1; 1 is the model alone. Between a faithful and a perceptual estimate the best trade
            of distortion against perception lies on such a line of pictures (Freirich, Michaeli and Meir 2021, "A
            theory of the distortion-perception tradeoff in Wasserstein space").
        ensemble: average the results of the eight turned and mirrored pictures (geometric self-ensemble: Timofte et
            al., "Seven ways to improve example-based single image super resolution", 2016). Eight times the work.
        fix_colour: give the result the low frequencies of the input.
    """

    strength: float = 1.0
    ensemble: bool = False
    fix_colour: bool = False

    def __post_init__(self) -> None:
        """Refuse a share that is none.

        Raises:
            UsageError: `strength` lies outside of 0 to 1.
        """
        if not 0 <= self.strength <= 1:
            raise UsageError(f"--strength must lie between 0 and 1, and is {self.strength:g}")

    @property
    def plain(self) -> bool:
        """Whether nothing is done."""
        return self == Finish()


def plays_a_game(metadata: ModelMetadata) -> bool:
    """Whether a model says that it was trained against a discriminator: averages blur the texture that it draws."""
    try:
        run = json.loads(metadata.training_run or "{}")
    except ValueError:
        return False
    if not isinstance(run, dict):
        return False
    stages = run.get("stage")
    played = [run, *(stages if isinstance(stages, list) else [])]
    return any(isinstance(stage, dict) and bool(stage.get("adversarial")) for stage in played)
