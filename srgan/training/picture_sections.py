"""The tables of a run file that generates pictures of nothing but random numbers."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from srgan.config import expand
from srgan.data import LabelledPaths, find_pictures
from srgan.data.backgrounds import Background
from srgan.training.sections import MeasurementSection, SourceSection

__all__ = ["PicturesSection", "SampleValidationSection", "listed_pictures"]

Folders = Path | Annotated[list[Path], Field(min_length=1)]


class PicturesSection(SourceSection):
    """Where the pictures come from, and how they are put before the networks."""

    pictures: Folders = Field(description="folder of pictures, or a list of folders")
    names: str | None = Field(
        None, description='only pictures of these names: "list.txt", a name a line, or "file.json#key"; absent: all'
    )
    classes: int = Field(0, ge=0, description="number of sub-folders, each of which is a class; 0: no classes")
    size: int = Field(64, ge=8, le=1024, description="side of the pictures; their shorter side is brought to it")
    background: Background = Field(
        "random", description="behind transparent pixels: a colour drawn anew each time, or once for each picture"
    )
    flip: bool = Field(False, description="mirror every second picture")

    def patch_at(self, progress: float) -> int:
        """The side of the pictures: they are seen as a whole from the first step to the last."""
        return self.size


class SampleValidationSection(MeasurementSection):
    """Held-out pictures that the generated ones are compared with during the training."""

    pictures: Folders = Field(description="folder of pictures, or a list of folders")
    names: str | None = Field(None, description="only pictures of these names, as in [data]")
    samples: int = Field(1024, ge=4, description="pictures that are generated for the distance")
    images: int = Field(64, ge=1, description="about how many pictures the sheet shows; with classes, each has a row")
    background: Literal["fixed", "white", "black"] = Field(
        "fixed", description="behind transparent pixels: a colour drawn once for each picture, or the same for all"
    )
    features: Literal["pixels", "vgg19"] = Field(
        "pixels", description="what is compared: averages of pixels, or features of VGG-19, which needs its weights"
    )


def listed_pictures(section: PicturesSection | SampleValidationSection, *, classes: int, key: str) -> LabelledPaths:
    """The pictures of a ``[data]`` or ``[validation]`` table.

    Args:
        section: the table.
        classes: number of classes.
        key: the table's name.

    Raises:
        UsageError: see `srgan.data.find_pictures`; or a variable is not set.
    """
    written = section.pictures if isinstance(section.pictures, list) else [section.pictures]
    names = None if section.names is None else str(expand(Path(section.names), key=f"{key}.names"))
    folders = [expand(folder, key=f"{key}.pictures") for folder in written]
    return find_pictures(folders, names=names, classes=classes, key=key)
