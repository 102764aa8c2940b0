"""From the checked tables of a run file to the parts themselves."""

import functools
import inspect
from pathlib import Path
from typing import Any

import torch
from torch import nn

from srgan.config import expand
from srgan.data import PairPaths, pair_by_name
from srgan.errors import UsageError
from srgan.images import list_pictures
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS, GENERATORS, Discriminator, Generator
from srgan.tasks import WeightedLoss

__all__ = ["choose_device", "find_pairs", "make_discriminator", "make_generator", "make_losses"]


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
    """The network of a checked ``[generator]`` table.

    Raises:
        UsageError: its options do not go together, or a file that they name cannot be used.
    """
    options = _expanded(table, "generator")
    try:
        return GENERATORS[options.pop("kind")](**options)
    except ValueError as error:
        raise UsageError(f"generator: {error}") from None


def make_discriminator(table: dict[str, Any], *, condition_channels: int) -> Discriminator:
    """The network of a checked ``[discriminator]`` table.

    Args:
        table: of the run file.
        condition_channels: of the pictures that it sees beside the judged one.
    """
    options = _expanded(table, "discriminator") | {"condition_channels": condition_channels}
    return DISCRIMINATORS[options.pop("kind")](**options)


def make_losses(tables: list[dict[str, Any]], device: torch.device) -> list[WeightedLoss]:
    """The terms of checked ``[[loss]]`` tables; networks among them are moved to `device`.

    Raises:
        UsageError: the weights of a feature network are not to be had.
    """
    losses: list[WeightedLoss] = []
    for index, table in enumerate(tables):
        options = _expanded(table, f"loss[{index}]")
        kind, weight = options.pop("kind"), options.pop("weight")
        part = LOSSES[kind]
        function: Any = part(**options) if inspect.isclass(part) else functools.partial(part, **options)
        if isinstance(function, nn.Module):
            function.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        names = [loss.name for loss in losses]
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
