"""The list of the packaged models, and looking one up."""

import difflib
import math
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from srgan.errors import ModelError
from srgan.runtime import COMMANDS, Command

__all__ = ["BICUBIC", "DEFAULT", "DEFAULTS", "INDEX", "Entry", "default_model", "find", "list_models", "scale_defaults"]

DEFAULT = "x4"
"""The model that upscales when none is named."""

DEFAULTS: dict[Command, str] = {"upscale": DEFAULT, "translate": "emoji-colour", "generate": "emoji-text"}
"""The model that each command uses when none is named."""

BICUBIC = "bicubic"
"""The built-in model that needs no file."""

INDEX = Path(__file__).with_name("index.toml")


class Entry(BaseModel):
    """One packaged model.

    Attributes:
        name: what `--model` takes.
        file: path of the ONNX file; relative to the index in the file, complete here.
        sha256: checksum of the file, hexadecimal.
        card: path of the model card (Markdown), likewise.
        task: what it was trained for, a key of `srgan.runtime.COMMANDS`.
        scale: output side / input side; 1 for models that generate.
        licence: of the weights, SPDX where there is one.
        summary: one line.
        bytes: size of the file; None in the index of a mirror that does not say.
        training_data: what the model learnt from, and under which licences that is.
        protocol: how `metrics` were measured.
        metrics: figures by name, for each set of pictures.
        fidelity: name of the faithful model that stands beside a perceptual one: ``--strength`` mixes both; None mixes
            with bicubic.
        default: whether it upscales by its scale, or less, when no model is named (see `default_model`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    file: Path
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    card: Path
    task: Literal["super_resolution", "paired_translation", "unpaired_translation", "text_to_image", "generation"] = (
        "super_resolution"
    )
    scale: int = Field(ge=1, le=16)
    licence: str
    summary: str
    bytes: int | None = Field(default=None, gt=0)
    training_data: str = ""
    protocol: str = ""
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    fidelity: str | None = None
    default: bool = False

    @property
    def command(self) -> Command:
        """The command that runs it."""
        return COMMANDS[self.task]


def list_models(index: Path = INDEX) -> list[Entry]:
    """The packaged models in the order of the index; `BICUBIC` is not among them.

    Raises:
        ModelError: the index is missing or damaged.
    """
    try:
        with index.open("rb") as file:
            tables = tomllib.load(file).get("model", [])
        entries = [Entry.model_validate(table) for table in tables]
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ModelError(f"the index of the packaged models, {index}, is damaged: {error}") from error
    folder = index.parent
    return [entry.model_copy(update={"file": folder / entry.file, "card": folder / entry.card}) for entry in entries]


def default_model(scale: float | None = None, index: Path = INDEX) -> str:
    """Name of the model that upscales when none is named.

    Args:
        scale: the factor that is wished; None when the size is wished otherwise, or left to the model.
        index: of the packaged models.

    Returns:
        The default model of the smallest scale that reaches `scale`, among those below that of `DEFAULT`; else
        `DEFAULT`. A network of a larger scale would do more work, and its result be made smaller again.
    """
    if scale is None:
        return DEFAULT
    return next((name for most, name in scale_defaults(index).items() if scale <= most), DEFAULT)


def scale_defaults(index: Path = INDEX) -> dict[int, str]:
    """Names of the default models of scales below that of `DEFAULT`, by scale, the smallest first."""
    entries = [entry for entry in list_models(index) if entry.command == "upscale"]
    most = next((entry.scale for entry in entries if entry.name == DEFAULT), math.inf)
    return dict(sorted((entry.scale, entry.name) for entry in entries if entry.default and entry.scale < most))


def find(name: str, index: Path = INDEX, *, command: Command | None = None) -> Entry:
    """The packaged model of that name.

    Args:
        name: in any case.
        index: of the packaged models.
        command: only models that it runs are suggested when there is none of that name.

    Raises:
        ModelError: there is none; the message lists the names and suggests the nearest.
    """
    entries = list_models(index)
    for entry in entries:
        if entry.name == name.lower():
            return entry
    names = [entry.name for entry in entries if command in (None, entry.command)]
    names += [BICUBIC] * (command in (None, "upscale"))
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    near = near or [known for known in names if name and name.lower() in known]
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    listed = ", ".join(names) or "none"
    raise ModelError(
        f"there is no model {name!r}{hint} models: {listed}; a model file is given by its path (./model.onnx)"
    )
