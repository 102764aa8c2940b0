"""How large the result shall be, and how often the network runs for it."""

import math
from dataclasses import dataclass

from srgan.errors import UsageError

__all__ = ["Target", "passes"]


@dataclass(frozen=True)
class Target:
    """A wish for the size of the result; without any, the model's own scale is meant.

    Attributes:
        scale: factor for both sides, whole or not.
        width: pixels; the height follows the picture's shape unless `height` is given too.
        height: pixels, likewise.
        long_side: pixels of the longer side.
        megapixels: millions of pixels, width times height.
    """

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    long_side: int | None = None
    megapixels: float | None = None

    def __post_init__(self) -> None:
        """Refuse wishes that contradict each other or make no sense.

        Raises:
            UsageError: more than one way to say the size, or a value out of range.
        """
        sides = [self.width, self.height]
        ways = [self.scale, next((side for side in sides if side is not None), None), self.long_side, self.megapixels]
        if sum(way is not None for way in ways) > 1:
            raise UsageError("give only one of --scale, --width/--height, --long-side and --mp")
        if self.scale is not None and not 0.01 <= self.scale <= 64:
            raise UsageError(f"--scale must lie between 0.01 and 64, and is {self.scale:g}")
        if self.megapixels is not None and not 0 < self.megapixels <= 1e6:
            raise UsageError(f"--mp must be a positive number of megapixels, and is {self.megapixels:g}")
        for name in ("width", "height", "long_side"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= 2**31 - 1:
                flag = name.replace("_", "-")
                raise UsageError(f"--{flag} must be between 1 and 2,147,483,647 pixels, and is {value}")

    def size(self, height: int, width: int, model_scale: int) -> tuple[int, int]:
        """Height and width of the result for a picture of `height` x `width` pixels."""
        if self.width is not None and self.height is not None:
            return self.height, self.width
        if self.width is not None:
            return _times(height, self.width / width), self.width
        if self.height is not None:
            return self.height, _times(width, self.height / height)
        if self.long_side is not None:
            factor = self.long_side / max(height, width)
            return _times(height, factor), _times(width, factor)
        if self.megapixels is not None:
            factor = math.sqrt(1e6 * self.megapixels / (height * width))
            return _times(height, factor), _times(width, factor)
        scale = model_scale if self.scale is None else self.scale
        return _times(height, scale), _times(width, scale)

    @property
    def tag(self) -> str | None:
        """What marks the outputs in their names: ``"_x4"``, ``"_w1920"``; None means by the model's scale."""
        if self.scale is not None:
            return f"_x{self.scale:g}"
        if self.long_side is not None:
            return f"_long{self.long_side}"
        if self.megapixels is not None:
            return f"_{self.megapixels:g}mp"
        if self.width is None and self.height is None:
            return None
        return (f"_w{self.width}" if self.width else "") + (f"_h{self.height}" if self.height else "")


def passes(factor: float, model_scale: int) -> int:
    """How often to run a network of scale `model_scale` for an enlargement by `factor`.

    Never for a reduction; once up to its scale; again while a factor of at least 2 is missing (a second pass over a
    picture that is then mostly thrown away costs 16 times as much and gains nothing that one sees). The rest is
    bicubic.
    """
    if factor < 1 or (factor == 1 and model_scale > 1):
        return 0
    if model_scale == 1:
        return 1
    count, reached = 1, model_scale
    while factor / reached >= 2:
        count, reached = count + 1, reached * model_scale
    return count


def _times(side: int, factor: float) -> int:
    return max(1, round(side * factor))
