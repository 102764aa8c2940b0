"""What a request may wish for, in one place for query, form and JSON; and how the documents describe it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from srgan.runtime import Finish, Target

__all__ = ["FORMATS", "MEDIA", "FormatName", "GenerateOptions", "TranslateOptions", "UpscaleOptions"]

FormatName = Literal["png", "jpeg", "webp", "tiff", "bmp", "gif", "avif", "ppm"]

FORMATS: tuple[FormatName, ...] = ("png", "jpeg", "webp", "tiff", "bmp", "gif", "avif", "ppm")

MEDIA: dict[str, str] = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "PPM": "image/x-portable-pixmap",
}
"""Media types of the formats."""

_Side = Annotated[int, Field(ge=1, le=65_535)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    model: _Name | None = Field(None, description="Name of a model, see /v1/models.", examples=["x4-fidelity"])
    format: FormatName | None = Field(None, description="Of the result; that of the picture when absent.")
    quality: int | None = Field(None, ge=1, le=100, description="For JPEG, WebP (100: lossless) and AVIF.")


class UpscaleOptions(_Options):
    """Wishes for an enlarged picture; one way at most to say how large."""

    scale: float | None = Field(None, ge=0.01, le=64, description="Factor for both sides; the model's when absent.")
    width: _Side | None = Field(None, description="Width in pixels; the height follows, or is `height`.")
    height: _Side | None = Field(None, description="Height in pixels; the width follows, or is `width`.")
    long_side: _Side | None = Field(None, description="Pixels of the longer side.")
    strength: float = Field(
        1.0, ge=0, le=1, description="Share of the model; the rest is its fidelity model, or bicubic."
    )

    @property
    def target(self) -> Target:
        """The wish for a size."""
        return Target(self.scale, self.width, self.height, self.long_side)

    @property
    def finish(self) -> Finish:
        """What is done to the result."""
        return Finish(self.strength)

    @model_validator(mode="after")
    def _one_way(self) -> "UpscaleOptions":
        ways = [self.scale is not None, self.width is not None or self.height is not None, self.long_side is not None]
        if sum(ways) > 1:
            raise ValueError("give only one of scale, width/height and long_side")
        return self


class TranslateOptions(_Options):
    """Wishes for a translated picture."""

    size: _Side | None = Field(None, description="Bring the longer side to so many pixels before.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Of the noise, for models that take some.")
    sample: int = Field(0, ge=0, le=9_999, description="Which of the results of that seed.")


class GenerateOptions(_Options):
    """Wishes for a picture of a text, of a class, or of nothing but noise."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        None, description="What the picture is to show.", examples=["a red apple"]
    )
    label: _Name | int | None = Field(None, description="Name or number of a class.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Of the noise.")
    sample: int = Field(0, ge=0, le=9_999, description="Which of the pictures of that seed.")
    truncation: float | None = Field(None, gt=0, le=10, description="How far the noise may go; no limit when absent.")
