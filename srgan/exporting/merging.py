"""Networks that merge their branches anew in every pass: for tracing, that is done once and before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

__all__ = ["merged_before"]


@contextmanager
def merged_before(network: nn.Module) -> Iterator[None]:
    """Inside, layers such as SPAN's ``Conv3XC`` keep the kernel that their branches amount to.

    In eval mode they write it into the weights of `eval_conv` whenever they run, by `update_params`. A tracer cannot
    follow a weight that is replaced while it looks (torch ends with a segmentation fault).

    Args:
        network: in eval mode, with the weights that count.
    """
    merging = (layer for layer in network.modules() if hasattr(layer, "update_params") and hasattr(layer, "eval_conv"))
    layers: list[Any] = list(merging)
    for layer in layers:
        with torch.no_grad():
            layer.update_params()
        layer.update_params = _nothing
    try:
        yield
    finally:
        for layer in layers:
            del layer.update_params  # the class's own is seen again


def _nothing() -> None:
    """What is merged needs no more."""
