"""How far an input pixel reaches in the output: measured, not derived."""

import copy

import torch
from torch import nn

from srgan.networks.generator import Generator

__all__ = ["receptive_field"]


def receptive_field(generator: Generator, *, largest: int = 512) -> int | None:
    """Measure the radius of influence of a generator, in input pixels.

    A NaN at the centre of a picture spreads to exactly the outputs that read it, whatever the weights are. The radius
    is the least halo with which a tile gives the same values as the whole picture.

    Args:
        generator: ``(1, 3, h, w)`` to ``(1, 3, h * scale, w * scale)``.
        largest: give up beyond this radius.

    Returns:
        The radius, or None where the network looks at the whole picture (or further than `largest`).
    """
    if any(isinstance(module, nn.InstanceNorm2d) for module in generator.modules()):
        # What reads all of its map needs no measurement, which would take minutes in large networks.
        return None
    network = copy.deepcopy(generator).cpu().float().eval()
    scale, step = network.scale, network.multiple_of
    radius = 16
    while radius <= largest:
        side = -(-(2 * radius + 1) // step) * step
        centre = side // 2
        probe = torch.full((1, 3, side, side), 0.5)
        probe[0, :, centre, centre] = float("nan")
        with torch.inference_mode():
            touched = torch.isnan(network(probe)).any(dim=1)[0]
        rows = touched.any(dim=1).nonzero().flatten() // scale
        reach = max(centre - int(rows.min()), int(rows.max()) - centre)
        if int(rows.min()) > 0 and int(rows.max()) < side - 1:
            # A network that reads blocks of `multiple_of` pixels reaches further from the block's other corner.
            return reach + step - 1
        radius *= 2
    return None
