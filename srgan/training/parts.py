"""From the checked tables of a run file to the parts themselves."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from srgan.config import expand, find_part
from srgan.data import PairPaths, pair_by_name
from srgan.errors import UsageError
from srgan.images import list_pictures
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS, GENERATORS, Discriminator, Generator
from srgan.tasks import WeightedLoss

__all__ = ["choose_device", "find_pairs", "make_discriminator", "make_generator", "make_losses", "make_network"]

Network = TypeVar("Network", bound=nn.Module)


def choose_device(wanted: str) -> torch.device:
    """The device of ``train.device``; ``auto`` takes a GPU where there is one.

    Raises:
        UsageError: a GPU is asked for and there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("train.device is 'cuda', but torch finds no GPU here; use 'auto' or 'cpu'")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def make_generator(table: dict[str, Any]) -> Generator:
    """The network of a checked ``[generator]`` table, from picture to picture.

    Raises:
        UsageError: its options do not go together, or a file that they name cannot be used.
    """
    return make_network(GENERATORS, table, "generator")


def make_network(registry: Mapping[str, Callable[..., Network]], table: dict[str, Any], key: str) -> Network:
    """The network of a checked table.

    Args:
        registry: of its kinds.
        table: of the run file.
        key: its name there.

    Raises:
        UsageError: its options do not go together, or a file that they name cannot be used.
    """
    options = _expanded(table, key)
    try:
        return find_part(registry, options.pop("kind"), key=f"{key}.kind")(**options)
    except ValueError as error:
        raise UsageError(f"{key}: {error}") from None


def make_discriminator(table: dict[str, Any], **derived: int) -> Discriminator:
    """The network of a checked ``[discriminator]`` table.

    Args:
        table: of the run file.
        **derived: options that follow from the rest of the run; those that this network has are used.
    """
    options = _expanded(table, "discriminator")
    part = find_part(DISCRIMINATORS, options.pop("kind"), key="discriminator.kind")
    known = inspect.signature(part).parameters
    return part(**options | {name: value for name, value in derived.items() if name in known})


def make_losses(tables: list[dict[str, Any]], device: torch.device) -> list[WeightedLoss]:
    """The terms of checked ``[[loss]]`` tables; networks among them are moved to `device`.

    Raises:
        UsageError: the weights of a feature network are not to be had.
    """
    losses: list[WeightedLoss] = []
    for index, table in enumerate(tables):
        options = _expanded(table, f"loss[{index}]")
        kind, weight = options.pop("kind"), options.pop("weight")
        part = find_part(LOSSES, kind, key=f"loss[{index}].kind")
        function: Any = part(**options) if inspect.isclass(part) else functools.partial(part, **options)
        if isinstance(function, nn.Module):
            function.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        names = [loss.name for loss in losses]
        kind = kind.rpartition(":")[2]
        # Two terms of a kind (VGG at two scales) stay two curves.
        name = kind if kind not in names else f"{kind}_{sum(n.startswith(kind) for n in names) + 1}"
        losses.append(WeightedLoss(name, function, weight))
    return losses


def find_pairs(high: Path, low: Path | None, *, scale: int, key: str) -> list[PairPaths]:
    """The pictures of the folders of a ``[data]`` or ``[validation]`` table.

    Args:
        high: folder of full pictures, as written.
        low: folder of small ones; None leaves them to be made.
        scale: of the generator.
        key: the table's name.

    Raises:
        UsageError: a folder is absent or empty, a picture has no partner, or a variable is not set.
    """
    high = expand(high, key=f"{key}.high")
    if low is None:
        return [PairPaths(path, None) for path in list_pictures(high, key=f"{key}.high")]
    return pair_by_name(high, expand(low, key=f"{key}.low"), scale=scale, key=key)


def _expanded(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        name: expand(value, key=f"{key}.{name}") if isinstance(value, Path) else value for name, value in table.items()
    }
