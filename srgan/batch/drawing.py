"""Making the pictures that were asked for, one by one, and saying in each file how it was made."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from srgan.batch.generation import Drawn, Generation, Wanted
from srgan.batch.job import Summary
from srgan.batch.request import Request, Unusable
from srgan.batch.signals import Interrupts
from srgan.batch.stream import to_bytes
from srgan.errors import ModelError, PictureError
from srgan.files import atomic_write, make_folder, sweep_temporaries
from srgan.images import Picture, PictureInfo, read_parameters

__all__ = ["conduct_drawing", "draw", "draw_file", "draw_one", "prepare_folders"]

Studio: TypeAlias = Callable[[list[Wanted], threading.Event], Generator[Drawn, None, None]]
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
