"""What a ``.safetensors`` file of a training says about itself, read without loading it."""

import json
from pathlib import Path
from typing import Any

from srgan.errors import ModelError

__all__ = ["describe_weights"]

_ENTRY = "srgan"
_LONGEST = 100_000_000


def describe_weights(path: Path) -> dict[str, Any]:
    """The description of the network, and how many numbers the file holds.

    Args:
        path: ``model.safetensors`` of a checkpoint, or what `srgan models interpolate` and `unpack` write.

    Returns:
        The description as `srgan export` reads it (name, task, generator, scale, licence, training run, ...), and
        ``parameters``.

    Raises:
        ModelError: absent, damaged, or it describes no network.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: Any = json.loads(file.read(length)) if length <= _LONGEST else None
    except FileNotFoundError:
        raise ModelError(f"there is no model file {path}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as weights: {error}") from None
    try:
        described = json.loads(header.pop("__metadata__")[_ENTRY])
        counts = [_product(entry["shape"]) for entry in header.values()]
        return {**described, "parameters": sum(counts)}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise ModelError(f"{path} was not written by srgan: it does not describe a network") from None


def _product(shape: list[int]) -> int:
    total = 1
    for side in shape:
        total *= int(side)
    return total
