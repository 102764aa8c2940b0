"""Outputs that are there already: which of them count as done."""

import dataclasses
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from srgan import __version__
from srgan.batch.job import Item, Job, Result
from srgan.batch.journal import Row
from srgan.batch.outcome import Entry, Outcome, Way, digest_input
from srgan.errors import OutputError, PictureError
from srgan.files import sha256_file
from srgan.images import Decoder
from srgan.runtime import Model

__all__ = ["Existing", "Known", "fingerprint"]

_NO_LIMIT = 1 << 50


class Known(Protocol):
    """What is known of the outputs in a folder: its journal, or what was told of it."""

    def get(self, out: Path) -> Row | None:
        """The row of an output; safe from any thread."""


class Existing:
    """Judges outputs by the journal of their folder, or where it knows nothing, by looking at them."""

    def __init__(self, job: Job, model: Model, journals: Mapping[Path, Known]) -> None:
        """Prepare.

        Args:
            job: what to do.
            model: what runs.
            journals: what is known of the outputs in each folder.
        """
        self._job, self._model, self._journals = job, model, journals
        self._verifier: Decoder | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the child process that verified, if there was need for one."""
        if self._verifier is not None:
            self._verifier.close()

    def entry(self, way: Way, after: os.stat_result, digest: str) -> Entry | None:
        """The journal's entry of a finished output; None where there is no journal.

        Args:
            way: the file, with its digest.
            after: the output as it is.
            digest: sha256 of the output.
        """
        item = way.item
        if item.home is None:
            return None
        return Entry(item.home, item.out, item.found.path, way.before, way.sha256, self._how(item), after, digest)

    def judge(self, way: Way, decoder: Decoder) -> Outcome | None:
        """The outcome of a file whose output is there already; None when it must be made.

        Raises:
            PictureError: the input cannot be read, or something else has the name of an output without journal.
            OutputError: the output folder cannot be read.
        """
        item = way.item
        try:
            after = item.out.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(f"{str(item.out)!r} cannot be read: {error.strerror or error}") from error
        journal = self._journals.get(item.home) if item.home else None
        row = journal.get(item.out) if journal else None
        if row is None:
            return self._look(way, after, decoder)
        if row.how != self._how(item):
            return None
        same = (row.size, row.mtime_ns) == (way.before.st_size, way.before.st_mtime_ns)
        if not same or row.path != os.fsencode(item.found.path.absolute()):
            way.sha256 = digest_input(item.found.path)
            if way.sha256 != row.sha256:
                return None
        if (row.out_size, row.out_mtime_ns) != (after.st_size, after.st_mtime_ns):
            if sha256_file(item.out) != row.out_sha256:
                way.notes = ("replaced an output that had been changed since it was made",)
                return None
            same = False
        skipped = Result(item.found.path, "skipped", "already_done", "", item.out, item.format, sha256=row.out_sha256)
        way.sha256 = row.sha256
        return Outcome(skipped, item, None if same else self.entry(way, after, row.out_sha256))

    def _how(self, item: Item) -> str:
        return fingerprint(self._job, self._model, item.sample)

    def _look(self, way: Way, after: os.stat_result, decoder: Decoder) -> Outcome | None:
        """Judge an output of which no journal tells: done when it is a whole picture of the right size."""
        item = way.item
        header = decoder.probe(item.found.path)
        height, width = self._job.target.size(header.height, header.width, self._model.scale)
        if self._is_picture(way, height, width):
            way.sha256, digest = digest_input(item.found.path), sha256_file(item.out)
            words = "is already there; --overwrite makes it again"
            result = Result(
                item.found.path, "skipped", "exists", words, item.out, item.format, width, height, sha256=digest
            )
            return Outcome(result, item, self.entry(way, after, digest))
        if item.home is None:
            raise PictureError("exists", f"{item.out} is something else; move it, or use --overwrite")
        way.notes = ("replaced a file that was not this job's result",)
        return None

    def _is_picture(self, way: Way, height: int, width: int) -> bool:
        verifier = self._decoder()
        try:
            there = verifier.probe(way.item.out)
            if (there.height, there.width, there.format) != (height, width, way.item.format):
                return False
            # Results that are larger than any input may be are judged by their header: they get their name complete.
            if height * width <= self._job.limits.input_pixels:
                verifier.read(way.item.out)
        except PictureError:
            return False
        return True

    def _decoder(self) -> Decoder:
        with self._lock:
            if self._verifier is None:
                limits = dataclasses.replace(
                    self._job.limits, input_pixels=_NO_LIMIT, side=_NO_LIMIT, file_bytes=_NO_LIMIT
                )
                self._verifier = Decoder(limits=limits)
            return self._verifier


def fingerprint(job: Job, model: Model, sample: int = 0) -> str:
    """What the pixels and bytes of an output depend on, besides its input: model and options, as sha256."""
    target = job.target
    parts: list[Any] = [
        __version__,
        model.sha256,
        model.precision_wanted,
        list(dataclasses.astuple(target)),
        job.quality,
        job.keep_gps,
    ]
    if not job.finish.plain:
        parts.append(dataclasses.asdict(job.finish))
        if job.finish.strength < 1 and model.counterpart is not None:
            parts.append(model.counterpart.sha256)
    if job.frames != "first":
        parts.append("frames")
    if job.translation is not None:
        parts.append([job.translation.seed, sample] if model.metadata.latent else "translation")
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
