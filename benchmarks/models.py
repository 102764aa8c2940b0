"""Networks with random weights as model files; what they show does not matter for the speed."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from srgan.exporting import to_onnx
from srgan.networks import GENERATORS, receptive_field
from srgan.runtime import ModelMetadata

__all__ = ["make_model"]

_SIDE = 32


def make_model(path: Path, kind: str, **options: Any) -> float:  # noqa: ANN401
    """Write ``path`` (ONNX) and beside it the weights for torch (``.pt``).

    Returns:
        Operations a pixel of the input: two for each multiplication of its convolutions, nothing else counted.
    """
    torch.manual_seed(0)
    network = GENERATORS[kind](scale=4, **options).eval()
    torch.save({"kind": kind, "options": options, "weights": network.state_dict()}, path.with_suffix(".pt"))
    metadata = ModelMetadata(name=kind, architecture=kind, scale=4, receptive_field=receptive_field(network))
    operations = _operations(network) / _SIDE**2
    model = to_onnx(network)
    for key, value in metadata.to_props().items():
        model.metadata_props.add(key=key, value=value)
    path.write_bytes(model.SerializeToString())
    return operations


def _operations(network: nn.Module) -> float:
    """Of one picture of ``_SIDE`` squared pixels."""
    total = 0.0

    def count(module: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        total += 2.0 * module.weight.numel() * result.shape[2] * result.shape[3]

    handles = [part.register_forward_hook(count) for part in network.modules() if isinstance(part, nn.Conv2d)]
    with torch.inference_mode():
        network(torch.zeros(1, 3, _SIDE, _SIDE))
    for handle in handles:
        handle.remove()
    return total
