"""Taking over those weights that fit a network, and saying which did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from srgan.errors import UsageError

__all__ = ["PartialLoad", "load_partly"]

_SHOWN = 3


@dataclass(frozen=True)
class PartialLoad:
    """What was taken over. ``str()`` says it in words.

    Attributes:
        loaded: names that were taken over.
        missing: names of the network that the file lacks; they keep their values.
        unexpected: names of the file that the network lacks.
        mismatched: name -> shapes in the file and in the network, where they differ; these keep their values.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def complete(self) -> bool:
        """Whether every tensor of the network was taken over."""
        return not self.missing and not self.mismatched

    def __str__(self) -> str:
        """For example ``132 of 140 tensors loaded; not in the file: tail.weight, tail.bias; not used: ...``."""
        whole = len(self.loaded) + len(self.missing) + len(self.mismatched)
        shapes = [
            f"{_plain(name)} ({_sides(theirs)} in the file, {_sides(ours)} here)"
            for name, (theirs, ours) in self.mismatched.items()
        ]
        parts = [
            f"{len(self.loaded)} of {whole} tensors loaded",
            _listing("not in the file", [_plain(name) for name in self.missing]),
            _listing("other shape", shapes),
            _listing("not used", [_plain(name) for name in self.unexpected]),
        ]
        return "; ".join(part for part in parts if part)


def load_partly(network: nn.Module, weights: Mapping[str, Tensor]) -> PartialLoad:
    """Copy the weights whose name and shape a network has into it; the others of the network stay as they are.

    Raises:
        UsageError: no weight fits; nothing was changed.
    """
    own = network.state_dict()
    fitting = {
        name: weights[name] for name, ours in own.items() if name in weights and weights[name].shape == ours.shape
    }
    report = PartialLoad(
        loaded=tuple(fitting),
        missing=tuple(name for name in own if name not in weights),
        unexpected=tuple(name for name in weights if name not in own),
        mismatched={
            name: (tuple(weights[name].shape), tuple(ours.shape))
            for name, ours in own.items()
            if name in weights and name not in fitting
        },
    )
    # Counters of batch normalisation fit any network; they are no weights.
    if not any(tensor.is_floating_point() for tensor in fitting.values()):
        raise UsageError(f"none of the weights fits this network: {report}")
    network.load_state_dict(fitting, strict=False)
    return report


def _listing(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f" ({len(items) - _SHOWN} more)" if len(items) > _SHOWN else ""
    return f"{title}: {', '.join(items[:_SHOWN])}{more}"


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "one number"


def _plain(name: str) -> str:
    # The names of a file are whatever its author wrote; a terminal must not obey them.
    return name if name.isprintable() else repr(name)
