"""What a model file says about itself: the `srgan.*` entries of its ONNX metadata.

Every value in an ONNX file's metadata is a string. `ModelMetadata.to_props` writes each field under ``srgan.<field>``:
text and numbers as they are, `parity`, `text` and `classes` as JSON, and a field that is None is left out.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from srgan.errors import ModelError
from srgan.text import TextDescription

__all__ = ["COMMANDS", "PREFIX", "Command", "ModelMetadata"]

PREFIX = "srgan."

_JSON = {"interpolation": "{}", "parity": "{}", "text": "null", "classes": "[]"}
"""The entries that are JSON, and what stands for those that are absent."""

Command = Literal["upscale", "translate", "generate"]
"""What people do with a model."""

COMMANDS: dict[str, Command] = {
    "super_resolution": "upscale",
    "paired_translation": "translate",
    "unpaired_translation": "translate",
    "text_to_image": "generate",
    "generation": "generate",
}
"""Which command runs the models of a task."""


class ModelMetadata(BaseModel):
    """The facts that running a model needs, and where the model comes from.

    Attributes:
        name: name for people and for output folders, for example ``"x4-fidelity"``.
        task: what the model was trained for; `COMMANDS` says which command runs it. ``"unknown"``: a model of somebody
            else.
        architecture: the network's name in `srgan.networks`, or a foreign one.
        scale: output side / input side, 1 to 16.
        receptive_field: radius in input pixels around an input pixel whose values can influence the output pixels made
            from it, which makes it the least halo of a tile. None: unbounded or unknown; a translation model then looks
            at the whole picture and never runs in tiles.
        multiple_of: input sides must be a multiple of this; the runtime pads and crops.
        minimum: smallest input side; the runtime pads and crops.
        tile: preferred tile side in input pixels, halo included; None leaves it to the runtime.
        background: ``"#rrggbb"`` on which a translation model wants transparent pictures to be laid; its results are
            opaque. None: colours are translated, transparency stays as it is.
        latent: length of the vector of noise that a model takes as its input `noise`: a translation model perhaps,
            beside the picture (0: none), a model that makes pictures of texts, of classes or of nothing else always.
        size: side in pixels of the pictures that a translation model was trained on, which is advice only; or that a
            model makes of texts, classes and noise.
        text: which tokenizer and text encoder a model of texts was trained with; None for all others.
        classes: names of the classes that a class-conditional model makes pictures of: label 0, 1, ...
        prior: distribution of the noise of models that make pictures of nothing but texts, classes and noise:
            ``"normal"`` is N(0, 1), ``"uniform"`` is on [-1, 1].
        precision: of the numbers stored in the file.
        licence: SPDX identifier or words such as ``"research only"``.
        training_run: the resolved training run as JSON text.
        training_run_hash: sha256 of that run, hexadecimal.
        data_hash: fingerprint of the training data, hexadecimal.
        interpolation: of a mixture: the hashes of both runs, and the share of the second (alpha). The run is the first.
        parity: how close the file is to the network it was made from, as measured at export.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    name: str = Field(min_length=1, max_length=200)
    task: str = "super_resolution"
    architecture: str = "unknown"
    scale: int = Field(ge=1, le=16)
    receptive_field: int | None = Field(default=None, ge=0)
    multiple_of: int = Field(default=1, ge=1, le=1024)
    minimum: int = Field(default=1, ge=1, le=4096)
    tile: int | None = Field(default=None, ge=1)
    background: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    latent: int = Field(default=0, ge=0, le=65536)
    size: int | None = Field(default=None, ge=1, le=16384)
    text: TextDescription | None = None
    classes: tuple[str, ...] = ()
    prior: Literal["normal", "uniform"] = "normal"
    precision: Literal["fp32", "fp16", "bf16", "int8"] = "fp32"
    licence: str = "unknown"
    training_run: str = ""
    training_run_hash: str = ""
    data_hash: str = ""
    interpolation: dict[str, JsonValue] = Field(default_factory=dict)
    parity: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("text", mode="before")
    @classmethod
    def _described(cls, value: object) -> object:
        """What says nothing sensible about texts is refused with the words of `srgan.text`."""
        return value if value is None or isinstance(value, TextDescription) else TextDescription.from_json(value)

    @field_validator("classes")
    @classmethod
    def _apart(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Classes are told apart by their names."""
        if len(set(value)) < len(value) or not all(name.strip() for name in value):
            raise ValueError("classes need names, each another one")
        return value

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands that can run the model; a model of somebody else may be for either."""
        if self.task == "unknown":
            return (*(("upscale",) if not self.latent else ()), *(("translate",) if self.scale == 1 else ()))
        return (COMMANDS[self.task],) if self.task in COMMANDS else ()

    @property
    def sees_all(self) -> bool:
        """Whether the model looks at the whole picture, however large: it never runs in tiles."""
        return self.receptive_field is None and "translate" in self.commands

    def require(self, command: Command | None = None) -> None:
        """Refuse a model that is for another command, or for none.

        Args:
            command: the one that wants to run it; None: any.

        Raises:
            ModelError: naming the command that runs it.
        """
        if self.commands and command in (None, *self.commands):
            return
        if self.task != "unknown":
            others = "".join(f": use srgan {name}" for name in self.commands) or ", which no command here runs"
            raise ModelError(f"the model {self.name!r} is for {self.task}{others}")
        if command == "generate":
            others = " or ".join(f"srgan {name}" for name in self.commands) or "nothing here"
            raise ModelError(f"the model {self.name!r} makes pictures of pictures: use {others}")
        if command == "upscale":
            raise ModelError(f"the model {self.name!r} takes noise beside a picture: use srgan translate")
        raise ModelError(
            f"the model {self.name!r} enlarges by {self.scale}, and a translation keeps the size: use srgan upscale"
        )

    def to_props(self) -> dict[str, str]:
        """The metadata as the string pairs that an ONNX file stores."""
        props = {}
        for field, value in self.model_dump(mode="json").items():
            if value is not None:
                props[PREFIX + field] = json.dumps(value, sort_keys=True) if field in _JSON else str(value)
        return props

    @classmethod
    def from_props(cls, props: Mapping[str, str]) -> Self | None:
        """Read the metadata back from an ONNX file's string pairs.

        Entries of a newer version that this one does not know are ignored.

        Returns:
            The metadata, or None when the file has no ``srgan.*`` entry (a model of somebody else).

        Raises:
            ModelError: a known entry has a value that cannot be right.
        """
        found: dict[str, Any] = {
            key.removeprefix(PREFIX): value
            for key, value in props.items()
            if key.startswith(PREFIX) and key.removeprefix(PREFIX) in cls.model_fields
        }
        if not found:
            return None
        for field, absent in _JSON.items():
            try:
                found[field] = json.loads(found.get(field, absent))
            except (ValueError, RecursionError) as error:
                raise ModelError(f"the model's metadata entry '{PREFIX}{field}' is not JSON: {error}") from error
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            problem = error.errors()[0]
            key = PREFIX + ".".join(str(part) for part in problem["loc"])
            message = f"the model's metadata entry {key!r} is wrong: {problem['msg']}"
            raise ModelError(message) from error
