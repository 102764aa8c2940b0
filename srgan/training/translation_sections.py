"""The tables of a run file that translates pictures."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from srgan.config import Section, expand
from srgan.data import TranslationPaths, find_side_by_side, find_translation_pairs, find_unpaired
from srgan.data.backgrounds import Background
from srgan.training.sections import MeasurementSection, SourceSection

__all__ = [
    "ContrastSection",
    "CycleSection",
    "MultimodalSection",
    "TranslationSection",
    "TranslationValidationSection",
    "listed_domains",
    "listed_pairs",
]

Folders = Path | Annotated[list[Path], Field(min_length=1)]


class PlacesSection(Section):
    """Where the pictures of both domains are."""

    source: Folders | None = Field(None, description="folder of pictures to translate, or a list of folders")
    target: Folders | None = Field(None, description="folder of what they become, or a list of folders")
    pictures: Folders | None = Field(None, description="folder of files that hold both pictures side by side")
    order: Literal["source_target", "target_source"] = Field(
        "source_target", description="which of the two pictures of a file is on the left"
    )
    names: str | None = Field(
        None, description='only pictures of these names: "list.txt", a name a line, or "file.json#key"; absent: all'
    )
    without: list[str] = Field([], description='names to leave out, with wildcards such as "test_*"')
    missing: Literal["refuse", "leave_out"] = Field(
        "refuse", description="what happens to pictures without a partner, where pairs are asked for"
    )
    load: int | None = Field(
        None, ge=8, le=2048, description="the shorter side of the pictures is brought to this; absent: they stay"
    )

    @model_validator(mode="after")
    def _either(self) -> "PlacesSection":
        both = self.source is not None and self.target is not None
        if both == (self.pictures is not None) or (self.source is None) != (self.target is None):
            raise ValueError("give either source and target, folders of both kinds, or pictures, side by side in files")
        return self


class TranslationSection(PlacesSection, SourceSection):
    """Where the pictures come from, and how they are put before the networks."""

    size: int = Field(256, ge=8, le=1024, description="side of the crops")
    background: Background = Field(
        "white",
        description="behind transparent pixels: a plain colour, the same for both pictures of a pair, or one drawn "
        "anew each time, or once for each picture",
    )
    flip: bool = Field(False, description="mirror every second picture")
    rotate: float = Field(0.0, ge=0, le=180, description="turn by up to so many degrees, both pictures of a pair alike")
    zoom: float = Field(1.0, ge=1, le=4, description="enlarge or reduce by up to this factor")
    shift: float = Field(0.0, ge=0, le=0.5, description="move by up to this part of `size`")

    def patch_at(self, progress: float) -> int:
        """The side of the crops: the same from the first step to the last."""
        return self.size


class TranslationValidationSection(PlacesSection, MeasurementSection):
    """Held-out pairs that are measured during the training, as whole pictures."""

    background: Literal["fixed", "white", "black"] = Field(
        "white", description="behind transparent pixels: a plain colour, or one drawn once for each picture"
    )
    limit: int | None = Field(None, gt=0, description="use the first pairs only")
    images: int = Field(8, ge=0, description="pairs that are shown")
    lpips: bool = Field(False, description="measure LPIPS (AlexNet) too; needs AlexNet's weights")


class MultimodalSection(Section):
    """Several answers to one picture, told apart by a latent vector (BicycleGAN)."""

    kl: float = Field(0.01, ge=0, description="factor of the divergence of the encoder's vectors from N(0, 1)")
    latent: float = Field(0.5, ge=0, description="factor of the error of vectors that the encoder finds again")


class CycleSection(Section):
    """There and back again (CycleGAN); ``[[loss]]`` says what is compared."""

    identity: float = Field(
        0.5, ge=0, description="factor, over that of the cycle, of leaving pictures of the right kind as they are"
    )


class ContrastSection(Section):
    """Each place stays recognisable among the others (CUT)."""

    weight: float = Field(1.0, gt=0, description="factor of the contrastive loss; FastCUT has 10")
    identity: bool = Field(True, description="the same loss for pictures that are of the right kind; FastCUT has none")
    flip: bool = Field(False, description="mirror every second source, and its features back; FastCUT does")
    layers: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 4, 8, 12, 16], min_length=1, description="of the generator, whose features are compared"
    )
    patches: int = Field(256, ge=2, description="places a picture that are told apart")
    temperature: float = Field(0.07, gt=0)
    width: int = Field(256, ge=1, description="length of the projected features")


def listed_pairs(section: TranslationSection | TranslationValidationSection, *, key: str) -> list[TranslationPaths]:
    """The pairs of a ``[data]`` or ``[validation]`` table.

    Raises:
        UsageError: folders, lists or pictures cannot be used; a picture has no partner; or a variable is not set.
    """
    names = _names(section, key)
    if section.pictures is not None:
        folders = _folders(section.pictures, f"{key}.pictures")
        return find_side_by_side(folders, order=section.order, names=names, without=section.without, key=key)
    assert section.source is not None
    assert section.target is not None
    return find_translation_pairs(
        _folders(section.source, f"{key}.source"),
        _folders(section.target, f"{key}.target"),
        names=names,
        without=section.without,
        missing=section.missing,
        key=key,
    )


def listed_domains(section: TranslationSection, *, key: str) -> tuple[list[Path], list[Path]]:
    """The pictures of both kinds, which are no pairs.

    Raises:
        UsageError: folders or lists cannot be used; or a variable is not set.
    """
    if section.source is None or section.target is None:
        raise ValueError("pictures: files with both pictures hold pairs; give source and target")
    return find_unpaired(
        _folders(section.source, f"{key}.source"),
        _folders(section.target, f"{key}.target"),
        names=_names(section, key),
        without=section.without,
        key=key,
    )


def _names(section: PlacesSection, key: str) -> str | None:
    return None if section.names is None else str(expand(Path(section.names), key=f"{key}.names"))


def _folders(written: Folders, key: str) -> list[Path]:
    return [expand(folder, key=key) for folder in (written if isinstance(written, list) else [written])]
