"""Checkpoints: a folder each, complete or not there at all, and free of pickles.

``model.safetensors`` holds the bare averaged weights with everything needed to rebuild the network in its metadata;
``resume.safetensors`` and ``state.json`` hold what an exact continuation needs besides.
"""

import contextlib
import hashlib
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
from safetensors.torch import load_file, save, save_file
from torch import Tensor

from srgan.errors import DivergedError, OutputError, UsageError
from srgan.files import atomic_write, sha256_file

__all__ = [
    "Checkpoint",
    "keep_best",
    "latest_checkpoint",
    "list_checkpoints",
    "newest_checkpoint",
    "read_checkpoint",
    "read_model",
    "refuse_broken",
    "save_checkpoint",
    "save_model",
    "tidy_checkpoints",
]

_ENTRY = "srgan"
_WEIGHTS = ("model.safetensors", "resume.safetensors")
_NAME = re.compile(r"step_(\d{8})(\.old)?")


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

    There is a sound checkpoint at every moment after the first one, whenever the process is killed.

    Raises:
        OutputError: the folder cannot be written; older checkpoints stay as they are.
        DivergedError: a weight is not finite; nothing was written.
    """
    refuse_broken({**checkpoint.model, **checkpoint.tensors}, checkpoint.step)
    final = folder / f"step_{checkpoint.step:08d}"
    temporary, old = folder / f".{final.name}.part", folder / f"{final.name}.old"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        temporary.mkdir()
        save_file(_contiguous(checkpoint.model), temporary / "model.safetensors", metadata=_entry(checkpoint.metadata))
        save_file(_contiguous(checkpoint.tensors), temporary / "resume.safetensors")
        sums = {name: sha256_file(temporary / name) for name in _WEIGHTS}
        state = {"step": checkpoint.step, **checkpoint.state}
        sums["state.json"] = _state_sum(state)
        (temporary / "state.json").write_text(json.dumps({"sha256": sums, **state}))
        for path in [*temporary.iterdir(), temporary]:
            _fsync(path)
        if final.exists():  # a folder cannot be replaced in one move; its other name counts as well
            if old.exists():
                _remove(old)
            final.rename(old)
        temporary.rename(final)
        _fsync(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise OutputError(f"cannot save a checkpoint in {folder}: {error}; older checkpoints are intact") from error
    if old.exists():
        _remove(old)
    for path in list_checkpoints(folder)[:-keep]:
        _remove(path)
    return final


def save_model(path: Path, model: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    """Write weights and what describes them as one ``.safetensors`` file, complete or not at all.

    Raises:
        OutputError: the file cannot be written.
        DivergedError: a weight is not finite.
    """
    refuse_broken(model, metadata.get("step", 0))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path.parent} for {path.name}: {error.strerror}") from error
    with atomic_write(path) as file:
        file.write(save(_contiguous(model), metadata=_entry(metadata)))


def keep_best(
    folder: Path, model: dict[str, Tensor], metadata: dict[str, Any], *, keep: int, lower_is_better: bool
) -> None:
    """Keep a model among the best: ``folder/step_NNNNNNNN.safetensors``.

    Args:
        folder: of the best models.
        model: weights.
        metadata: with ``step`` and the measured ``value``, by which the models are ranked.
        keep: how many stay; of equal ones the earlier.
        lower_is_better: what best means.
    """
    save_model(folder / f"step_{metadata['step']:08d}.safetensors", model, metadata)
    ranked = []
    for path in sorted(folder.glob("step_*.safetensors")):
        value = read_model(path)[1]["value"]
        ranked.append((value if lower_is_better else -value, path))
    for _, path in sorted(ranked)[keep:]:
        path.unlink()


def refuse_broken(tensors: dict[str, Tensor], step: int) -> None:
    """Nothing that is not finite is saved.

    Raises:
        DivergedError: names the tensors.
    """
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        more = f" and {len(broken) - 3} more tensors" if len(broken) > 3 else ""
        raise DivergedError(f"not finite are {', '.join(broken[:3])}{more}, so step {step} is not saved")


def tidy_checkpoints(folder: Path, sound: Checkpoint, *, keep: int) -> None:
    """Remove what a process left that was killed while it wrote or removed a checkpoint.

    Args:
        folder: of the checkpoints.
        sound: one that could be read; of those up to it, only the newest `keep` stay.
        keep: see `save_checkpoint`.
    """
    _sweep(folder)
    for path in [path for path in list_checkpoints(folder) if path.name[:13] <= f"step_{sound.step:08d}"][:-keep]:
        _remove(path)


def _sweep(folder: Path) -> None:
    for left in folder.glob(".step_*"):
        shutil.rmtree(left, ignore_errors=True)


def _state_sum(state: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def _entry(metadata: dict[str, Any]) -> dict[str, str]:
    # One entry: several would be written in a random order, and equal models would differ as files.
    return {_ENTRY: json.dumps(metadata, sort_keys=True)}


def _remove(folder: Path) -> None:
    """Under a name that no one takes for a checkpoint, so that half of one is never seen."""
    gone = folder.with_name(f".{folder.name}.gone")
    with contextlib.suppress(OSError):
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint, or None."""
    found = list_checkpoints(folder)
    return found[-1] if found else None


def list_checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    named = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for match, path in sorted(named, key=lambda item: (item[0][1], item[0][2] is None))]


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
        sums = state.pop("sha256")
        damaged = [name for name in _WEIGHTS if sha256_file(path / name) != sums[name]]
        if _state_sum(state) != sums["state.json"]:
            damaged.append("state.json")
        if damaged:
            raise UsageError(f"{path} is damaged: {', '.join(damaged)} changed since it was written")
        tensors = load_file(path / "resume.safetensors")
    except (OSError, ValueError, KeyError, AttributeError, TypeError, SafetensorError) as error:
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
    try:
        metadata = json.loads(described or "")
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise UsageError(f"{file} was not written by srgan train: its metadata does not describe the network")
    return weights, metadata


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
