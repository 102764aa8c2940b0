"""What pictures are asked for and how they are made, and what became of each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan import __version__
from srgan.batch.job import Status, path_json
from srgan.batch.request import Request, Unusable
from srgan.files import escape
from srgan.images import Format
from srgan.runtime import Model

__all__ = ["Drawn", "Generation", "Wanted"]

_MESSAGE = 200


@dataclass(frozen=True)
class Generation:
    """How pictures are made and written.

    Attributes:
        model: what makes them.
        upscaler: enlarges them; None leaves them as they are.
        format: of the files.
        quality: 1 to 100 for JPEG, WebP and AVIF; None leaves it to the format.
        truncation: of the noise; None sets no limit.
        overwrite: replace files that are there.
        fail_fast: stop at the first failure.
        dry_run: only say what would be done.
    """

    model: Model
    upscaler: Model | None = None
    format: Format = "PNG"
    quality: int | None = None
    truncation: float | None = None
    overwrite: bool = False
    fail_fast: bool = False
    dry_run: bool = False

    @property
    def side(self) -> int:
        """Of the finished pictures, in pixels."""
        size = self.model.metadata.size
        assert size is not None  # no model that generates is loaded without
        return size * (self.upscaler.scale if self.upscaler else 1)

    def parameters(self, request: Request, sample: int) -> str:
        """How a picture is made, in the form that AUTOMATIC1111's web interface uses: text, then ``Key: value, ...``.

        It tells everything that decides about the pixels; a file that says the same holds the same picture.
        """
        facts: dict[str, object] = {} if request.label is None else {"Class": request.title}
        facts |= {"Seed": request.seed, "Sample": sample}
        facts |= {} if self.truncation is None else {"Truncation": self.truncation}
        facts |= {} if self.quality is None else {"Quality": self.quality}
        for role, model in (("Model", self.model), ("Upscaler", self.upscaler)):
            if model is not None:
                facts |= {role: model.name, f"{role} hash": model.sha256}
                if model.precision_wanted not in ("auto", "fp32"):
                    facts[f"{role} precision"] = model.precision_wanted
        facts |= {"Size": f"{self.side}x{self.side}", "Version": f"srgan {__version__}"}
        line = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in facts.items())
        return f"{request.text}\n{line}" if request.text else line


@dataclass(frozen=True)
class Drawn:
    """What became of one picture, or of a line that asks for none.

    Attributes:
        request: what was asked for; of a line that cannot be used, what is wrong.
        status: ``"done"``, ``"failed"`` or ``"skipped"``; in a preview ``"planned"``.
        sample: number of the picture, from 0.
        code: machine-readable reason of a failure or skip; None when done.
        message: for people: the failure, or what is to be known about a done picture.
        out: the file; None when there is none.
        format: of it.
        side: of the picture, in pixels.
        milliseconds: of work.
        sha256: of the file.
        pixels: the picture, where they were wanted.
    """

    request: Request | Unusable
    status: Status
    sample: int | None = None
    code: str | None = None
    message: str = ""
    out: Path | None = None
    format: Format | None = None
    side: int | None = None
    milliseconds: int | None = None
    sha256: str | None = None
    pixels: NDArray[np.uint8] | None = None

    @property
    def name(self) -> str:
        """The line or the text, for a terminal."""
        return escape(self.request.line or "") if isinstance(self.request, Unusable) else escape(self.request.title)

    def to_json(self) -> dict[str, Any]:
        """The line of the report: keys ``caption class line seed sample status code message fmt w h ms out sha256``."""
        asked = None if isinstance(self.request, Unusable) else self.request
        row: dict[str, Any] = {"caption": asked and asked.text}
        row |= {"class": asked.title if asked and asked.label is not None else None}
        row |= {"line": self.request.line and escape(self.request.line), "seed": asked and asked.seed}
        row |= {"sample": self.sample, "status": self.status, "code": self.code}
        row |= {"message": escape(self.message)[:_MESSAGE], "fmt": self.format, "w": self.side, "h": self.side}
        row |= {"ms": self.milliseconds}
        row |= {"out": None} if self.out is None else path_json("out", self.out)
        return row | {"sha256": self.sha256}


@dataclass(frozen=True)
class Wanted:
    """One picture to make; or a line that asks for none.

    Attributes:
        request: what was asked for.
        sample: number of the picture, from 0.
        out: the file.
    """

    request: Request | Unusable
    sample: int = 0
    out: Path | None = None


def _quoted(value: str) -> str:
    """A value that would be taken for several is written as JSON text."""
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') else value
