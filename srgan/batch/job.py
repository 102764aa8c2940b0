"""What a job is asked to do, and what became of each file."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from srgan.errors import UsageError
from srgan.files import Found, escape
from srgan.images import Format, Limits
from srgan.runtime import Finish, ModelMetadata, Target

__all__ = ["Item", "Job", "Reported", "Result", "Status", "Summary", "Translation"]

Status = Literal["done", "failed", "skipped", "planned"]

_MESSAGE = 200


@dataclass(frozen=True)
class Translation:
    """What translating pictures needs to know.

    Attributes:
        seed: of the noise, for models that take some.
        samples: results a picture, each with noise of its own.
    """

    seed: int = 0
    samples: int = 1


@dataclass(frozen=True)
class Job:
    """Upscaling or translating many files: what, where to, and how.

    Attributes:
        inputs: files, folders (searched to the bottom), or patterns.
        listed: further files and folders, of `srgan.files.read_manifest`.
        output: folder for all outputs, or the file for a single input; None means beside the inputs.
        target: wished size; when translating, `long_side` is the size at which it is done.
        finish: what is done to the results of upscaling.
        translation: translate; None upscales.
        tag: what marks the outputs in their names, for instance ``"_emoji"``; None tells of the size (``"_x4"``).
        format: of all outputs; None keeps each input's.
        quality: 1 to 100 for JPEG, WebP and AVIF; None leaves it to the format.
        overwrite: make outputs again that are already there.
        frames: of animations; ``"all"`` where the output can hold them.
        keep_gps: keep the GPS position in the metadata.
        limits: what one picture may cost.
        workers: decoding processes, and encoding threads.
        fail_fast: stop at the first file that fails.
        only: absolute paths of the inputs that count, of those that are found; None: all. Names are chosen as if all
            did.
    """

    inputs: tuple[str | Path, ...]
    output: Path | None = None
    target: Target = field(default_factory=Target)
    finish: Finish = field(default_factory=Finish)
    translation: Translation | None = None
    tag: str | None = None
    format: Format | None = None
    quality: int | None = None
    overwrite: bool = False
    frames: Literal["first", "all"] = "first"
    keep_gps: bool = False
    limits: Limits = field(default_factory=Limits)
    workers: int = 1
    fail_fast: bool = False
    only: frozenset[Path] | None = None
    listed: tuple[Found, ...] = ()

    def check(self, metadata: ModelMetadata) -> None:
        """Refuse what a model cannot do.

        Raises:
            UsageError: several samples of a model that takes no noise.
        """
        if self.translation is not None and self.translation.samples > 1 and not metadata.latent:
            raise UsageError(
                f"the model {metadata.name!r} makes one result of a picture: --samples needs one that takes noise"
            )


@dataclass(frozen=True)
class Item:
    """One output to make.

    Attributes:
        found: the input.
        out: path of the output.
        format: of the output.
        home: the output folder that has the journal; None for an output beside its input.
        sample: which of a picture's results it is, from 0.
    """

    found: Found
    out: Path
    format: Format
    home: Path | None
    sample: int = 0


class Reported(Protocol):
    """What became of one thing: a file, or a picture that was asked for."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def status(self) -> Status:
        """``"done"``, ``"failed"`` or ``"skipped"``; in a preview ``"planned"``."""

    @property
    def code(self) -> str | None:
        """Machine-readable reason of a failure or skip; None when done."""

    @property
    def message(self) -> str:
        """For people: the failure, or what is to be known about a done one."""

    @property
    def out(self) -> Path | None:
        """The output; None when there is none."""

    def to_json(self) -> dict[str, Any]:
        """The line of the report."""


@dataclass(frozen=True)
class Result:
    """What became of one file.

    Attributes:
        path: the input.
        status: ``"done"``, ``"failed"`` or ``"skipped"``; in a preview ``"planned"``.
        code: machine-readable reason of a failure or skip; None when done.
        message: for people: the failure, or what is to be known about a done file.
        out: the output; None when there is none.
        format: of the output.
        width: of the output, pixels.
        height: of the output, pixels.
        milliseconds: of work (decoding, network, encoding; not waiting).
        sha256: of the output file.
    """

    path: Path
    status: Status
    code: str | None = None
    message: str = ""
    out: Path | None = None
    format: Format | None = None
    width: int | None = None
    height: int | None = None
    milliseconds: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The input, for a terminal."""
        return escape(self.path)

    def to_json(self) -> dict[str, Any]:
        """The line of the report: keys ``path status code message fmt w h ms out sha256``.

        A path that is not valid UTF-8 is shown escaped, and its bytes follow as ``path_b64`` (``out_b64``).
        """
        row: dict[str, Any] = path_json("path", self.path)
        row |= {"status": self.status, "code": self.code, "message": escape(self.message)[:_MESSAGE]}
        row |= {"fmt": self.format, "w": self.width, "h": self.height, "ms": self.milliseconds}
        row |= {"out": None} if self.out is None else path_json("out", self.out)
        return row | {"sha256": self.sha256}


@dataclass
class Summary:
    """Counts of a finished job; of files, or of pictures that were asked for.

    Attributes:
        done: files made now (in a preview: that would be).
        already: files whose output was already there.
        ignored: what lay in the input folders and is no picture.
        failed: files that failed.
        left: files not attempted, because the job was stopped.
        bugs: failures that are the program's fault.
        stopped_by: number of the signal that ended the job early, else None.
    """

    done: int = 0
    already: int = 0
    ignored: int = 0
    failed: int = 0
    left: int = 0
    bugs: int = 0
    stopped_by: int | None = None

    def add(self, result: Reported) -> None:
        """Count one result."""
        if result.status in ("done", "planned"):
            self.done += 1
        elif result.status == "failed":
            self.failed += 1
            self.bugs += result.code == "bug"
        elif result.code in ("already_done", "exists"):
            self.already += 1
        else:
            self.ignored += 1

    @property
    def exit_code(self) -> int:
        """130 or 143 after a signal, 1 after a bug, 3 when a file failed, else 0."""
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        return 1 if self.bugs else 3 if self.failed else 0


def path_json(key: str, path: Path) -> dict[str, str]:
    """A path in a report; one that is not valid UTF-8 is escaped, and its bytes follow."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return {key: escape(text), f"{key}_b64": base64.b64encode(os.fsencode(text)).decode()}
    return {key: text}
