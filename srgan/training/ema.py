"""Averaged weights."""

import copy

import torch
from torch import Tensor, nn

__all__ = ["Ema"]


# Of batch normalisation.
_STATISTICS = ("running_mean", "running_var")


class Ema:
    """Exponential moving average of a network's weights and running statistics; other buffers are copied.

    Statistics of batches are averaged as the weights are: those of the latest weights would not suit the average.

    Args:
        network: what is trained.
        decay: share of the old average kept a step; 0 follows the network.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self._network = network
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._source: list[Tensor] = [*network.parameters()]
        self._target: list[Tensor] = [*self.network.parameters()]
        self._buffers = []
        for (name, source), target in zip(network.named_buffers(), self.network.buffers(), strict=True):
            if name.endswith(_STATISTICS):
                self._source.append(source)
                self._target.append(target)
            else:
                self._buffers.append((source, target))

    def restart(self) -> None:
        """Begin again from the present weights."""
        self.network.load_state_dict({name: tensor.clone() for name, tensor in self._network.state_dict().items()})

    @torch.no_grad()
    def update(self) -> None:
        """Take one step of the average."""
        torch._foreach_lerp_(self._target, self._source, 1.0 - self.decay)
        for source, target in self._buffers:
            target.copy_(source)
