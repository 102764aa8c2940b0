"""What a run leaves in its folder for people to read later: the log, pictures, and what it ran on."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.files import atomic_write, sweep_temporaries
from srgan.images import Picture, save
from srgan.training.monitor import say

__all__ = ["History"]


class History:
    """The log of a run, one JSON object a line, and the files beside it.

    The log says nothing that differs between an interrupted training and an unbroken one: no times. A checkpoint
    remembers how long the log was, and resuming cuts it there.

    Args:
        folder: of the run.
        active: whether this process writes; the others of a distributed training do not.
    """

    def __init__(self, folder: Path, *, active: bool = True) -> None:
        self._folder, self._active = folder, active

    @property
    def log(self) -> Path:
        """The file of the log."""
        return self._folder / "log.jsonl"

    def add(self, entry: dict[str, Any]) -> None:
        """Append a line."""
        if self._active:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, sort_keys=True) + "\n")

    def warn(self, step: int, words: str) -> None:
        """Say something on stderr that ought to be known later as well."""
        say(f"warning: {words}")
        self.add({"step": step, "event": words})

    def secure(self) -> int:
        """Make sure that the log is on the disk.

        Returns:
            Its length in bytes.
        """
        if not self._active or not self.log.exists():
            return 0
        with self.log.open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def rewind(self, length: int) -> None:
        """Cut the log to the length that it had at a checkpoint."""
        if self._active and self.log.exists() and self.log.stat().st_size > length:
            os.truncate(self.log, length)

    def sweep(self) -> None:
        """Remove the temporaries that a killed process left."""
        if self._active:
            for folder in [self._folder, *(path for path in self._folder.rglob("*") if path.is_dir())]:
                sweep_temporaries(folder)

    def describe(self, name: str, content: dict[str, Any]) -> None:
        """Write ``name`` (``run.json``, ``status.json``) anew."""
        if self._active:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._folder / name) as file:
                file.write((json.dumps(content, indent=2, sort_keys=True) + "\n").encode())

    def tell(self, status: str, step: int, seconds: float) -> None:
        """Note how the run stands (``running``, ``finished``, ``stopped``, ``diverged``) and the time it has taken."""
        self.describe("status.json", {"status": status, "step": step, "seconds": seconds})

    def seconds(self) -> float:
        """The time that the run had taken when it was last interrupted."""
        try:
            return float(json.loads((self._folder / "status.json").read_text())["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0

    def show(self, step: int, images: dict[str, NDArray[np.uint8]]) -> None:
        """Keep the validation's strips of this step as PNG files."""
        folder = self._folder / "crops" / f"step_{step:08d}"
        for name, image in images.items() if self._active else ():
            folder.mkdir(parents=True, exist_ok=True)
            save(Picture(image), folder / f"{name}.png")
