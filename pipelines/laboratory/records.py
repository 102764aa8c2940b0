"""Runs on the disk: what is done is not done again."""

import dataclasses
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.laboratory.games import ToyStage
from pipelines.laboratory.playing import Played
from pipelines.laboratory.scoring import Scores
from srgan.files import atomic_write

__all__ = ["find_run", "fingerprint", "save_run", "write_bytes"]


def fingerprint(section: ToyStage, *, width: int) -> str:
    """Twelve letters that change with any setting of a game."""
    tables = {"train": section.train.model_dump(), "width": width}
    if section.adversarial is not None:
        tables["adversarial"] = section.adversarial.model_dump()
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()[:12]


def find_run(folder: Path, game: str, seed: int, mark: str) -> Played | None:
    """A finished run of these very settings.

    Args:
        folder: of the problem.
        game: its name.
        seed: of the run.
        mark: its `fingerprint`.
    """
    path = folder / f"{game}-{seed}.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["settings"] != mark:
            return None
        with np.load(path.with_suffix(".npz")) as arrays:
            samples, fields = arrays["samples"].astype(np.float32), arrays["fields"].astype(np.float32)
        return Played(
            scores=Scores(**record["scores"]),
            seconds=record["seconds"],
            steps=record["steps"],
            samples=samples,
            fields=fields,
        )
    except (OSError, ValueError, KeyError, TypeError):  # absent, of an older version, or cut off
        return None


def save_run(folder: Path, game: str, seed: int, mark: str, played: Played) -> None:
    """Keep a run: scores as JSON, samples and fields beside it.

    Raises:
        OutputError: the folder or the disk cannot take the files.
    """
    arrays = io.BytesIO()
    np.savez_compressed(arrays, samples=played.samples.astype(np.float16), fields=played.fields.astype(np.float16))
    path = folder / f"{game}-{seed}.json"
    write_bytes(path.with_suffix(".npz"), arrays.getvalue())
    record: dict[str, Any] = {
        "game": game,
        "seed": seed,
        "settings": mark,
        "seconds": round(played.seconds, 1),
        "steps": played.steps,
        "scores": dataclasses.asdict(played.scores),
    }
    # Last: a record stands for a whole run.
    write_bytes(path, (json.dumps(record, indent=2) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """A file that is there completely or not at all; its folder is made.

    Raises:
        OutputError: the folder or the disk cannot take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(content)
