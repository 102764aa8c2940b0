"""Averaged weights."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["Ema"]


# Of running statistics the last tenth of the training counts, until that is more than the decay remembers: they start
# far from where they belong (variances at 1), and an average of all would never forget it.
_SHARE = 9.0


class Ema:
    """Exponential moving average of a network's weights.

    Running statistics of batch normalisation are averaged, too: those of the latest weights would not suit the average.
    Other buffers are copied.

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
        sides = (network, self.network)
        norms = [[module for module in side.modules() if isinstance(module, _BatchNorm)] for side in sides]
        self._norms = [pair for pair in zip(*norms, strict=True) if pair[0].track_running_stats]
        averaged = {id(tensor) for pair in self._norms for norm in pair for tensor in _statistics(norm)}
        buffers = zip(network.buffers(), self.network.buffers(), strict=True)
        self._buffers = [pair for pair in buffers if id(pair[0]) not in averaged]

    def restart(self) -> None:
        """Begin again from the present weights."""
        self.network.load_state_dict({name: tensor.clone() for name, tensor in self._network.state_dict().items()})

    @torch.no_grad()
    def update(self) -> None:
        """Take one step of the average."""
        torch._foreach_lerp_(self._target, self._source, 1.0 - self.decay)
        for norm, average in self._norms:
            assert norm.num_batches_tracked is not None
            share = (_SHARE / (_SHARE + 1.0 + norm.num_batches_tracked)).clamp(min=1.0 - self.decay)
            for source, target in zip(_statistics(norm), _statistics(average), strict=True):
                target.lerp_(source, share.to(target.dtype))
        for source, target in self._buffers:
            target.copy_(source)


def _statistics(norm: _BatchNorm) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return norm.running_mean, norm.running_var
