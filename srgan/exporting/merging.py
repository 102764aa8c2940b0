"""Networks that make their weights anew in every pass: for tracing, that is done once and before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from srgan.networks import Compact
from srgan.networks.blocks import balance

__all__ = ["merged_before"]


@contextmanager
def merged_before(network: nn.Module) -> Iterator[None]:
    """Inside, the weights that layers make of others when they run are their own.

    Layers such as SPAN's ``Conv3XC`` merge their branches: in eval mode they write the kernel into the weights of
    `eval_conv` whenever they run, by `update_params`. A tracer cannot follow a weight that is replaced while it looks
    (torch ends with a segmentation fault).

    Balanced sub-pixels (`balance`) change the tail's weights as they use them. Of that, the graph would hold the result
    under a name that the tracer makes up, so that nobody could find the tail in it again.

    Args:
        network: in eval mode, with the weights that count.
    """
    merging = (layer for layer in network.modules() if hasattr(layer, "update_params") and hasattr(layer, "eval_conv"))
    layers: list[Any] = list(merging)
    for layer in layers:
        with torch.no_grad():
            layer.update_params()
        layer.update_params = _nothing
    balanced = [layer for layer in network.modules() if isinstance(layer, Compact) and layer.balanced]
    own = [_bake(layer) for layer in balanced]
    try:
        yield
    finally:
        for layer, parameters in zip(balanced, own, strict=True):
            layer.balanced = True
            for parameter, values in zip(layer.tail.parameters(), parameters, strict=True):
                parameter.data = values
        for layer in layers:
            del layer.update_params  # the class's own is seen again


def _bake(network: Compact) -> list[Tensor]:
    """Make the balanced weights the network's own; returns those that it had."""
    own = [parameter.data for parameter in network.tail.parameters()]
    for parameter in network.tail.parameters():
        # A tensor of its own: the names in the graph are those of the parameters.
        parameter.data = balance(parameter.data, network.scale).contiguous()
    network.balanced = False
    return own


def _nothing() -> None:
    """What is merged needs no more."""
