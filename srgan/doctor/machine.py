"""Limits, folders and files of the machine."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from srgan.doctor.finding import Finding
from srgan.errors import ModelError
from srgan.files import cache_folder, sha256_file
from srgan.runtime.providers import kept_engines
from srgan.zoo import list_models

__all__ = ["check_folders", "check_limits", "check_metric_weights", "check_models"]

_FILES = 1024
_FREE_BYTES = 1 << 30
_WEIGHTS = {"VGG19": "vgg19-dcbb9e9d.pth", "ALEXNET": "alexnet-owt-7be5be79.pth"}
"""Networks that metrics and losses need, and torchvision's files of them."""


def check_limits() -> Iterator[Finding]:
    """Open files, and memory that a process may take."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < _FILES:
        most = _FILES if hard == unlimited else min(hard, 4 * _FILES)
        detail = f"a process may open {soft} files; jobs with many workers and the service need {_FILES}"
        yield Finding("open files", "problem", detail, f"ulimit -n {most}")
    else:
        yield Finding("open files", "ok", "unlimited" if soft == unlimited else f"{soft}")
    memory = resource.getrlimit(resource.RLIMIT_AS)[0]
    if memory != unlimited and memory < 4 * _FREE_BYTES:
        detail = f"a process may address {memory / 2**30:.1f} GiB only; engines reserve more than they use"
        yield Finding("memory limit", "problem", detail, "ulimit -v unlimited")


def check_folders() -> Iterator[Finding]:
    """Folders for temporaries and caches can be written, and have room."""
    cache = cache_folder()
    for name, folder, variable in (
        ("temporary folder", Path(tempfile.gettempdir()), "TMPDIR"),
        ("cache folder", cache, "XDG_CACHE_HOME"),
    ):
        there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            repair = f"export {variable}=FOLDER  # one that you may write"
            yield Finding(name, "problem", f"{folder} cannot be written", repair)
            continue
        free = shutil.disk_usage(there).free
        if free < _FREE_BYTES:
            detail = f"{folder} has {free / 2**20:.0f} MiB left; large pictures and downloads go there"
            yield Finding(name, "problem", detail, f"export {variable}=FOLDER  # one with more room")
        else:
            yield Finding(name, "ok", f"{folder}, {free / 2**30:.0f} GiB free")
    engines = kept_engines()
    if engines.is_dir():
        size = sum(path.stat().st_size for path in engines.rglob("*") if path.is_file())
        yield Finding("TensorRT engines", "ok", f"{engines}, {size / 2**20:.0f} MiB; remove it to build them anew")


def check_metric_weights() -> Iterator[Finding]:
    """Weights of the networks that perceptual losses and metrics look through."""
    for network, file in _WEIGHTS.items():
        variable = f"SRGAN_{network}_WEIGHTS"
        given = os.environ.get(variable)
        if given:
            if Path(given).is_file():
                yield Finding(f"{network} weights", "ok", given)
            else:
                detail = f"{variable} names {given}, which is not there"
                repair = f"unset {variable}  # or: export {variable}=FILE"
                yield Finding(f"{network} weights", "problem", detail, repair)
            continue
        home = os.environ.get("TORCH_HOME") or cache_folder() / "torch"
        cached = Path(home, "hub", "checkpoints", file)
        if cached.is_file():
            yield Finding(f"{network} weights", "ok", str(cached))
        else:
            detail = "not here: training and srgan evaluate --lpips fetch them once"
            yield Finding(f"{network} weights", "note", detail, f"export {variable}=FILE  # where there is no network")


def check_models() -> Iterator[Finding]:
    """The packaged models are whole."""
    repair = "pip install --force-reinstall --no-deps srgan"
    try:
        entries = list_models()
    except ModelError as error:
        yield Finding("models", "problem", str(error), repair)
        return
    damaged = [entry.name for entry in entries if not _whole(entry.file, entry.sha256)]
    if damaged:
        yield Finding("models", "problem", f"missing or damaged: {', '.join(damaged)}", repair)
    else:
        yield Finding("models", "ok", ", ".join(entry.name for entry in entries) or "none packaged")


def _whole(file: Path, sha256: str) -> bool:
    try:
        return sha256_file(file) == sha256
    except OSError:
        return False
