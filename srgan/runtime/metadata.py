"""What a model file says about itself: the `srgan.*` entries of its ONNX metadata.

Every value in an ONNX file's metadata is a string. `ModelMetadata.to_props` writes each field under ``srgan.<field>``:
text and numbers as they are, `parity` as JSON, and a field that is None is left out.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from srgan.errors import ModelError

__all__ = ["PREFIX", "ModelMetadata"]

PREFIX = "srgan."


class ModelMetadata(BaseModel):
    """The facts that running a model needs, and where the model comes from.

    Attributes:
        name: name for people and for output folders, for example ``"x4-fidelity"``.
        task: what the model does; ``"super_resolution"`` is what `srgan upscale` runs.
        architecture: the network's name in `srgan.networks`, or a foreign one.
        scale: output side / input side, 1 to 16.
        receptive_field: radius in input pixels around an input pixel whose values can influence the output pixels made
            from it, which makes it the least halo of a tile. None: unbounded or unknown.
        multiple_of: input sides must be a multiple of this; the runtime pads and crops.
        minimum: smallest input side; the runtime pads and crops.
        tile: preferred tile side in input pixels, halo included; None leaves it to the runtime.
        precision: of the numbers stored in the file.
        licence: SPDX identifier or words such as ``"research only"``.
        training_run: the resolved training run as JSON text.
        training_run_hash: sha256 of that run, hexadecimal.
        data_hash: fingerprint of the training data, hexadecimal.
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
    precision: Literal["fp32", "fp16", "bf16"] = "fp32"
    licence: str = "unknown"
    training_run: str = ""
    training_run_hash: str = ""
    data_hash: str = ""
    parity: dict[str, JsonValue] = Field(default_factory=dict)

    def to_props(self) -> dict[str, str]:
        """The metadata as the string pairs that an ONNX file stores."""
        props = {}
        for field, value in self.model_dump(mode="json").items():
            if value is not None:
                props[PREFIX + field] = json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)
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
        try:
            found["parity"] = json.loads(found.get("parity", "{}"))
            return cls.model_validate(found)
        except ValidationError as error:
            problem = error.errors()[0]
            key = PREFIX + ".".join(str(part) for part in problem["loc"])
            message = f"the model's metadata entry {key!r} is wrong: {problem['msg']}"
            raise ModelError(message) from error
        except (ValueError, RecursionError) as error:
            raise ModelError(f"the model's metadata entry '{PREFIX}parity' is not JSON: {error}") from error
