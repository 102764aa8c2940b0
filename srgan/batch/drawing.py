"""Making the pictures that were asked for, one by one, and saying in each file how it was made."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from srgan import __version__
from srgan.batch.job import Status, Summary, path_json
from srgan.batch.request import Request, Unusable
from srgan.batch.signals import Interrupts
from srgan.batch.stream import to_bytes
from srgan.errors import ModelError, PictureError
from srgan.files import atomic_write, escape, make_folder, sweep_temporaries
from srgan.images import Format, Picture, PictureInfo, read_parameters
from srgan.runtime import Model

__all__ = ["Drawn", "Generation", "Wanted", "conduct_drawing", "draw", "draw_file", "draw_one", "prepare_folders"]

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


Studio: TypeAlias = Callable[[list[Wanted], threading.Event], Generator["Drawn", None, None]]
"""Makes pictures: their list, and an event that means "start nothing new"."""


def draw(
    requests: Sequence[Request | Unusable],
    outs: Sequence[Sequence[Path]],
    how: Generation,
    *,
    on_result: Callable[[Drawn], None],
    say: Callable[[str], None],
    keep_pixels: bool = False,
) -> Summary:
    """Make and write pictures; what was interrupted is continued by doing it again.

    A file that is there and says that it was made in just this way is left alone. Any other one of that name is left
    alone too, and a failure, unless files are to be overwritten.

    Args:
        requests: what is asked for, and lines that ask for nothing usable.
        outs: a file for every picture of every request; none for those lines.
        how: the model and the wishes.
        on_result: told of every picture, as soon as it is finished.
        say: told what a person should know.
        keep_pixels: also of pictures that are there already.

    Raises:
        OutputError: a file cannot be written.
    """

    def here(wanted: list[Wanted], stop: threading.Event) -> Generator[Drawn, None, None]:
        for one in wanted:
            if stop.is_set():
                return
            yield draw_file(one, how, keep_pixels=keep_pixels)

    if not how.dry_run:
        prepare_folders(outs)
    return conduct_drawing(requests, outs, here, fail_fast=how.fail_fast, on_result=on_result, say=say)


def prepare_folders(outs: Sequence[Sequence[Path]]) -> None:
    """Make the folders of the files, and remove what killed runs left in them.

    Raises:
        OutputError: one cannot be made.
    """
    for folder in {out.parent for files in outs for out in files}:
        make_folder(folder)
        sweep_temporaries(folder)


def conduct_drawing(
    requests: Sequence[Request | Unusable],
    outs: Sequence[Sequence[Path]],
    studio: Studio,
    *,
    fail_fast: bool,
    on_result: Callable[[Drawn], None],
    say: Callable[[str], None],
) -> Summary:
    """What every runner does around the making: signals, results, counts; the arguments are those of `draw`."""
    summary = Summary()
    wanted: list[Wanted] = []
    for request, files in zip(requests, outs, strict=True):
        wanted += [Wanted(request, sample, out) for sample, out in enumerate(files)] or [Wanted(request)]
    finished = 0
    with (
        Interrupts(say, lambda: None) as interrupts,
        contextlib.closing(studio(wanted, interrupts.stop)) as drawings,
    ):
        for drawn in drawings:
            finished += 1
            summary.add(drawn)
            on_result(drawn)
            if fail_fast and drawn.status == "failed":
                interrupts.stop.set()
    summary.left = len(wanted) - finished
    summary.stopped_by = interrupts.received
    return summary


def draw_one(request: Request, sample: int, how: Generation) -> tuple[bytes, tuple[str, ...], NDArray[np.uint8]]:
    """One picture: the finished file, what its format lost, and the pixels.

    Raises:
        PictureError: memory, or values that are not finite.
    """
    (made,) = how.model.generate(
        request.text, label=request.label, first=sample, seed=request.seed, truncation=how.truncation
    )
    picture = Picture(made, info=PictureInfo(how.format, parameters=how.parameters(request, sample)))
    if how.upscaler is not None:
        picture = how.upscaler.upscale(picture)
    data, notes = to_bytes(picture, how.format, how.quality)
    return data, (*picture.notes, *notes), np.asarray(picture.rgb, np.uint8)


def draw_file(wanted: Wanted, how: Generation, *, keep_pixels: bool = False) -> Drawn:
    """Make one picture and write it; whatever goes wrong with it is told.

    Raises:
        OutputError: the file cannot be written.
    """
    request, sample, out = wanted.request, wanted.sample, wanted.out
    if isinstance(request, Unusable) or out is None:
        assert isinstance(request, Unusable)  # what asks for pictures has their files
        return Drawn(request, "failed", code="bad_line", message=request.message)
    started = time.perf_counter()
    planned = Drawn(request, "planned", sample, out=out, format=how.format, side=how.side)
    try:
        there = not how.overwrite and (out.exists() or out.is_symlink())
        if how.dry_run and not there:
            return planned
        known = there and _says(out) == how.parameters(request, sample)
        if known and not keep_pixels:
            return replace(planned, status="skipped", code="already_done")
        data, notes, pixels = draw_one(request, sample, how)
        if known or (there and _holds(out, data)):
            return replace(planned, status="skipped", code="already_done", pixels=pixels)
        if there:
            raise PictureError("exists", f"{out} is something else; choose another folder, or use --overwrite")
        with atomic_write(out) as file:
            file.write(data)
    except PictureError as error:
        return Drawn(request, "failed", sample, error.code, error.message)
    except ModelError as error:
        return Drawn(request, "failed", sample, "model_failed", str(error))
    spent = round(1000 * (time.perf_counter() - started))
    digest = hashlib.sha256(data).hexdigest()
    return replace(planned, status="done", message="; ".join(notes), milliseconds=spent, sha256=digest, pixels=pixels)


def _says(out: Path) -> str | None:
    """How the file says that it was made."""
    try:
        return read_parameters(out)
    except OSError:
        return None


def _holds(out: Path, data: bytes) -> bool:
    """Whether the file is just this one: for formats that cannot say how they were made."""
    try:
        return out.stat().st_size == len(data) and out.read_bytes() == data
    except OSError:
        return False


def _quoted(value: str) -> str:
    """A value that would be taken for several is written as JSON text."""
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') else value
