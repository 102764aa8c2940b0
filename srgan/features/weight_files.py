"""A weight file of any origin as tensors by name, without running anything that it may hold."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from srgan.errors import UsageError
from srgan.features.unpickling import SUFFIXES, unpickle

__all__ = ["read_weights"]

_DATA_PARALLEL = "module."


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a weight file by name, on the CPU; floating-point ones in float32, others as they are.

    ``.safetensors`` files hold nothing but tensors and are read here. ``.pth``, ``.pt`` and ``.ckpt`` files are
    pickles, small programs: a child process with limits reads them, and refuses all but tensors. Where such a file
    holds several networks or a training's state, the averaged weights are taken (``params_ema``), else ``params``, else
    ``state_dict``, else the file itself. ``module.``, which data parallelism puts before every name, is taken away.

    Args:
        path: the file.

    Raises:
        UsageError: absent, of another kind, damaged, or more than tensors; the message says what to do.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; give a weight file")
    if not path.is_file():
        raise UsageError(f"the weight file {path} is not there")
    kind = path.suffix.lower()
    if kind == ".safetensors":
        weights = _load(path)
    elif kind in SUFFIXES:
        weights = unpickle(path, load=_load)
    else:
        raise UsageError(f"{path} is not a weight file by its name; known are .safetensors, {', '.join(SUFFIXES)}")
    if not weights:
        raise UsageError(f"{path} holds no tensors")
    if all(name.startswith(_DATA_PARALLEL) for name in weights):
        weights = {name.removeprefix(_DATA_PARALLEL): tensor for name, tensor in weights.items()}
    return weights


def _load(path: Path) -> dict[str, Tensor]:
    try:
        weights = load_file(path)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as weights ({error}); fetch or copy it again") from None
    # Copies: what safetensors gives is the file itself, mapped, which may be changed or removed.
    return {
        name: tensor.to(torch.float32, copy=True) if tensor.is_floating_point() else tensor.clone()
        for name, tensor in weights.items()
    }
