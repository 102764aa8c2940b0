"""Checkpoints: a folder each, complete or not there at all, and free of pickles.

``model.safetensors`` holds the bare averaged weights with everything needed to rebuild the network in its metadata;
``resume.safetensors`` and ``state.json`` hold what an exact continuation needs besides.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from srgan.errors import OutputError, UsageError
from srgan.files import sha256_file

__all__ = [
    "Checkpoint",
    "latest_checkpoint",
    "list_checkpoints",
    "newest_checkpoint",
    "read_checkpoint",
    "read_model",
    "save_checkpoint",
]

_ENTRY = "srgan"
_WEIGHTS = ("model.safetensors", "resume.safetensors")
_NAME = re.compile(r"step_(\d{8})")


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after `step` steps.

    Attributes:
        step: steps made.
        model: averaged weights of the generator.
        metadata: JSON values that describe the model (run, network, scale, licence, ...).
        tensors: raw weights, optimiser state and random-number state, by name.
        state: JSON values: counters and optimiser scalars.
    """

    step: int
    model: dict[str, Tensor]
    metadata: dict[str, Any]
    tensors: dict[str, Tensor]
    state: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
    """Write ``folder/step_NNNNNNNN``: temporary name, fsync, rename; then remove all but the newest `keep`.

    Raises:
        OutputError: the folder cannot be written, or a weight is not finite; older checkpoints stay as they are.
    """
    broken = [name for name, tensor in checkpoint.model.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise OutputError(f"not saving step {checkpoint.step}: the weights {', '.join(broken[:5])} are not finite")
    final = folder / f"step_{checkpoint.step:08d}"
    temporary = folder / f".{final.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        # One entry: several would be written in a random order, and equal models would differ as files.
        described = {_ENTRY: json.dumps(checkpoint.metadata, sort_keys=True)}
        save_file(_contiguous(checkpoint.model), temporary / "model.safetensors", metadata=described)
        save_file(_contiguous(checkpoint.tensors), temporary / "resume.safetensors")
        sums = {name: sha256_file(temporary / name) for name in _WEIGHTS}
        (temporary / "state.json").write_text(json.dumps({"step": checkpoint.step, "sha256": sums, **checkpoint.state}))
        for path in [*temporary.iterdir(), temporary]:
            _fsync(path)
        if final.exists():
            shutil.rmtree(final)
        temporary.rename(final)
        _fsync(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise OutputError(f"cannot save a checkpoint in {folder}: {error}; older checkpoints are intact") from error
    for old in list_checkpoints(folder)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint, or None."""
    found = list_checkpoints(folder)
    return found[-1] if found else None


def list_checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def newest_checkpoint(folder: Path, *, warn: Callable[[str], None]) -> Checkpoint | None:
    """Read the newest checkpoint that is sound; a damaged one is skipped.

    Args:
        folder: of the checkpoints.
        warn: told of each damaged one.

    Raises:
        UsageError: there are checkpoints, but none can be read.
    """
    paths = list_checkpoints(folder)
    for path in reversed(paths):
        try:
            return read_checkpoint(path)
        except UsageError as error:
            warn(f"warning: {error}; trying an older one")
    if paths:
        raise UsageError(f"no checkpoint in {folder} can be read; remove the folder to start anew")
    return None


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint folder and verify its checksums.

    Raises:
        UsageError: a file is missing or damaged.
    """
    try:
        state = json.loads((path / "state.json").read_text())
        damaged = [name for name, expected in state.pop("sha256").items() if sha256_file(path / name) != expected]
        if damaged:
            raise UsageError(f"{path} is damaged: {', '.join(damaged)} changed since it was written")
        tensors = load_file(path / "resume.safetensors")
    except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
        raise UsageError(f"{path} is not a complete checkpoint: {error}") from None
    model, metadata = read_model(path)
    return Checkpoint(state.pop("step"), model, metadata, tensors, state)


def read_model(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Weights and metadata of a checkpoint folder or of a ``.safetensors`` file.

    Raises:
        UsageError: absent, damaged or not of this project.
    """
    file = path / "model.safetensors" if path.is_dir() else path
    try:
        with safe_open(file, framework="pt") as opened:
            described = (opened.metadata() or {}).get(_ENTRY)
            weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{file} cannot be read as weights: {error}") from None
    if described is None:
        raise UsageError(f"{file} was not written by srgan train: its metadata does not describe the network")
    return weights, json.loads(described)


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
