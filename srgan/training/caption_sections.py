"""The tables of a run file that learns from pictures and what is said about them."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from srgan.config import Section, expand
from srgan.data import CaptionedPaths, read_captions
from srgan.data.backgrounds import Background
from srgan.training.sections import MeasurementSection, SourceSection

__all__ = [
    "CaptionValidationSection",
    "CaptionsSection",
    "EmbeddingDataSection",
    "EmbeddingSection",
    "SampledCaptionsSection",
    "TextSection",
    "held_out",
    "listed_captions",
]


class CaptionedSection(Section):
    """Where the pictures and captions are."""

    captions: Path = Field(description="a .jsonl file, an object a line; or a folder of a.png and a.txt")
    images: Annotated[list[str], Field(min_length=1)] = Field(
        ["image"], description="keys of a line that hold paths of pictures"
    )
    root: Path | None = Field(None, description="what these paths start from; absent: the folder of the file")
    names: str | None = Field(
        None, description='only pictures of these names: "list.txt", a name a line, or "file.json#key"; absent: all'
    )
    without: list[str] = Field([], description='names to leave out, with wildcards such as "test_*"')


class CaptionsSection(CaptionedSection, SourceSection):
    """Where the pictures and captions come from, and how they are put before the networks."""

    strip: list[str] = Field([], description="regular expressions; what they match is cut out of captions")
    size: int = Field(64, ge=8, le=1024, description="side of the pictures; their shorter side is brought to it")
    background: Background = Field(
        "random", description="behind transparent pixels: a colour drawn anew each time, or once for each picture"
    )
    flip: bool = Field(False, description="mirror every second picture; captions then should not tell left from right")

    def patch_at(self, progress: float) -> int:
        """The side of the pictures: they are seen as a whole from the first step to the last."""
        return self.size


class EmbeddingDataSection(CaptionsSection):
    """The same for encoders that learn to read."""

    length: int = Field(96, ge=8, le=1024, description="bytes of a caption that are read")


class CaptionValidationSection(CaptionedSection, MeasurementSection):
    """Held-out pictures and captions."""

    strip: list[str] | None = Field(None, description="what is cut out of captions; absent: the same as in [data]")
    background: Literal["fixed", "white", "black"] = Field(
        "fixed", description="behind transparent pixels: a colour drawn once for each picture, or the same for all"
    )
    distractors: int = Field(99, ge=1, description="wrong captions among which the right one is to be found")
    same_group: float = Field(0.5, ge=0, le=1, description="share of these that come from the picture's group")


class SampledCaptionsSection(CaptionedSection, MeasurementSection):
    """Held-out pictures and captions that generated pictures are measured by."""

    strip: list[str] | None = Field(None, description="what is cut out of captions; absent: the same as in [data]")
    background: Literal["fixed", "white", "black"] = Field(
        "fixed", description="behind transparent pixels: a colour drawn once for each picture, or the same for all"
    )
    features: Literal["pixels", "vgg19"] = Field(
        "pixels", description="what is compared: averages of pixels, or features of VGG-19, which needs its weights"
    )
    judge: Path | None = Field(
        None, description="a joint embedding that was trained apart, which finds captions again; absent: not measured"
    )
    distractors: int = Field(99, ge=1, description="wrong captions among which the judge is to find the right one")
    same_group: float = Field(0.5, ge=0, le=1, description="share of these that come from the caption's group")
    limit: int | None = Field(None, gt=0, description="use this many captions only, spread over all")
    rows: int = Field(16, ge=1, description="captions of the sheet; each has a row")


class TextSection(Section):
    """What reads the texts, and how they enter the game."""

    encoder: Path = Field(
        description="a trained joint embedding, the folder of a run or a checkpoint, a .safetensors; or an .onnx file "
        "of a sentence encoder"
    )
    tokenizer: Path | None = Field(None, description="tokenizer.json of an .onnx file; joint embeddings have their own")
    length: int = Field(64, ge=4, le=1024, description="tokens of a caption that an .onnx file reads")
    embedding: int = Field(128, gt=0, description="length of its vectors")
    divergence: float = Field(
        0.0, ge=0, description="factor of the divergence of augmented conditions from N(0, 1), with augmentation = true"
    )
    matching: float = Field(
        0.0, ge=0, description="factor of telling, by the joint embedding, which text of a batch a picture is about"
    )
    temperature: float = Field(0.07, gt=0, description="of matching")

    @model_validator(mode="after")
    def _either(self) -> "TextSection":
        foreign = self.encoder.suffix == ".onnx"
        if foreign != (self.tokenizer is not None):
            raise ValueError("an .onnx file needs its tokenizer, the file tokenizer.json, and nothing else has one")
        if foreign and self.matching:
            raise ValueError("matching needs the pictures' side of a joint embedding, which an .onnx file has not")
        return self


Held = TypeVar("Held", CaptionValidationSection, SampledCaptionsSection)


class EmbeddingSection(Section):
    """How pictures and captions are brought together."""

    loss: Literal["info_nce", "am_softmax"] = "info_nce"
    temperature: float = Field(0.07, gt=0, description="of info_nce")
    margin: float = Field(0.35, ge=0, lt=2, description="of am_softmax")
    scale: float = Field(30.0, gt=0, description="of am_softmax")


def held_out(validation: Held, data: CaptionsSection) -> Held:
    """A ``[validation]`` table with captions cut as those of ``[data]`` are, unless it says otherwise."""
    return validation if validation.strip is not None else validation.model_copy(update={"strip": data.strip})


def listed_captions(
    section: CaptionsSection | CaptionValidationSection | SampledCaptionsSection, *, key: str
) -> CaptionedPaths:
    """The pictures and captions of a ``[data]`` or ``[validation]`` table.

    Raises:
        UsageError: a file, a line or a pattern cannot be used; or a variable is not set.
    """
    return read_captions(
        expand(section.captions, key=f"{key}.captions"),
        images=section.images,
        root=None if section.root is None else expand(section.root, key=f"{key}.root"),
        names=None if section.names is None else str(expand(Path(section.names), key=f"{key}.names")),
        without=section.without,
        strip=section.strip or (),
        key=key,
    )
