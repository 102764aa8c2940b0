"""Where a model shall run: what its file must be like there, and how near to the network it must stay."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from srgan.config import Section, check, load_run_file
from srgan.errors import UsageError

__all__ = ["OPSET", "PRECISIONS", "Axes", "StoredPrecision", "Target", "Tolerance", "load_target"]

OPSET = 18

StoredPrecision = Literal["fp32", "fp16", "bf16", "int8"]
"""What a file is made for. A bf16 file stores float32: runtimes that compute in bfloat16 round it themselves."""

PRECISIONS: tuple[StoredPrecision, ...] = ("fp32", "fp16", "bf16", "int8")

_Side = Literal["dynamic"] | Annotated[int, Field(ge=1, le=16384)]


class Axes(Section):
    """Sides of the input: a number fixes one, ``"dynamic"`` leaves it free."""

    batch: _Side = "dynamic"
    height: _Side = "dynamic"
    width: _Side = "dynamic"

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        """A picture of one free side runs nowhere better than one of two."""
        if (self.height == "dynamic") != (self.width == "dynamic"):
            raise ValueError('height and width are both numbers or both "dynamic"')
        return self

    @property
    def dynamic(self) -> bool:
        """Whether every side is free."""
        return (self.batch, self.height, self.width) == ("dynamic",) * 3


class Tolerance(Section):
    """How near to the network in float32 a file must stay, by its precision.

    Attributes:
        fp32: largest difference, in units of the picture range.
        fp16: least PSNR to the network, dB.
        bf16: likewise.
        int8: largest loss of PSNR on the calibration's pictures against the file in float32, dB.
    """

    fp32: float = Field(default=1e-4, gt=0, le=0.01)
    fp16: float = Field(default=50.0, ge=30, le=120)
    bf16: float = Field(default=45.0, ge=30, le=120)
    int8: float = Field(default=0.3, gt=0, le=3)


class Target(Section):
    """One file of ``export/targets``.

    Attributes:
        summary: one line: what runs there.
        precision: of the file, unless another is asked for.
        precisions: what runs there.
        opset: of the graph.
        pixels: ``"float32"``: pictures ``(batch, 3, height, width)`` in [0, 1], as `srgan upscale` runs them;
            ``"uint8"``: ``(batch, height, width, 3)`` in and out, for programs that have nothing but the file.
        activations: type of what layers hand on in an int8 file; TensorRT takes ``"int8"`` only.
        axes: of the input.
        tolerance: of the parity gate.
    """

    summary: str = ""
    precision: StoredPrecision = "fp32"
    precisions: tuple[StoredPrecision, ...] = PRECISIONS
    opset: int = Field(default=OPSET, ge=18, le=21)
    pixels: Literal["float32", "uint8"] = "float32"
    activations: Literal["uint8", "int8"] = "uint8"
    axes: Axes = Axes()
    tolerance: Tolerance = Tolerance()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """The precision of a target is one of its precisions."""
        if self.precision not in self.precisions:
            raise ValueError(f"precision is {self.precision!r}, which is not among its precisions")
        return self

    def choose(self, asked: StoredPrecision | None) -> StoredPrecision:
        """The precision of the file.

        Raises:
            UsageError: what was asked for does not run there.
        """
        chosen = asked or self.precision
        if chosen not in self.precisions:
            raise UsageError(f"this target runs no {chosen} files; it runs {', '.join(self.precisions)}")
        return chosen


def load_target(path: Path) -> Target:
    """Read a target.

    Raises:
        UsageError: not there, no TOML, or an option that is unknown or out of range.
    """
    if not path.is_file():
        folder = path.parent
        near = ", ".join(sorted(str(file) for file in folder.glob("*.toml"))) if folder.is_dir() else ""
        raise UsageError(f"the target {path} is not there" + (f"; there are {near}" if near else ""))
    return check(Target, load_run_file(path), source=str(path))
