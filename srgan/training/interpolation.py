"""Network interpolation: between a faithful model and a sharp one, without training."""

from pathlib import Path
from typing import Any

from torch import Tensor

from srgan.config import check_part
from srgan.errors import UsageError
from srgan.networks import GENERATORS
from srgan.training.checkpoint import read_model, save_model
from srgan.training.starting import find_model

__all__ = ["interpolate_models"]


def interpolate_models(first: Path, second: Path, alpha: float, output: Path) -> Path:
    """Write the model with the weights ``(1 - alpha) * first + alpha * second`` (ESRGAN, Wang et al. 2018, eq. 8).

    This gives useful pictures where one model was trained from the other, as an adversarial stage is from a fidelity
    model. Averages of batch normalisation are interpolated too, counters are the first's. The metadata are the first's,
    with ``interpolation`` (alpha and both runs' hashes), and with both licences where these differ.

    Args:
        first: the folder of a run (its newest checkpoint), a checkpoint folder, or a ``model.safetensors`` of ours.
        second: likewise, of the same network.
        alpha: 0 (all first) to 1 (all second).
        output: the ``.safetensors`` file; an earlier one is replaced.

    Returns:
        `output`.

    Raises:
        UsageError: alpha outside [0, 1], an output of another kind, no models there, or not of the same network.
        OutputError: the output cannot be written.
    """
    if not 0.0 <= alpha <= 1.0:
        raise UsageError(f"alpha is {alpha:g}; it goes from 0, the first model, to 1, the second")
    if output.suffix.lower() != ".safetensors":
        raise UsageError(f"{output}: the output must be called something.safetensors")
    paths = find_model(first), find_model(second)
    (weights, metadata), (others, other) = (read_model(path) for path in paths)
    _compare_networks(_options(metadata, paths[0]), _options(other, paths[1]), paths)
    _compare_tensors(weights, others, paths)
    mixed = {name: _between(tensor, others[name], alpha) for name, tensor in weights.items()}
    described = {**metadata, "interpolation": _interpolation(metadata, other, alpha), **_licences(metadata, other)}
    described.pop("value", None)  # it was measured on the first
    save_model(output, mixed, described)
    return output


def _between(first: Tensor, second: Tensor, alpha: float) -> Tensor:
    if not first.is_floating_point():
        return first
    return ((1.0 - alpha) * first.double() + alpha * second.double()).to(first.dtype)


def _interpolation(first: dict[str, Any], second: dict[str, Any], alpha: float) -> dict[str, Any]:
    return {"alpha": alpha, "first": first["training_run_hash"], "second": second["training_run_hash"]}


def _licences(first: dict[str, Any], second: dict[str, Any]) -> dict[str, str]:
    """A mixture is bound by both licences."""
    both = {}
    for key in ("licence", "data_licence"):
        names = list(dict.fromkeys(str(metadata.get(key, "unknown")) for metadata in (first, second)))
        both[key] = " and ".join(names)
    return both


def _options(metadata: dict[str, Any], path: Path) -> dict[str, Any]:
    """The generator's options; those that an older version did not know yet have their defaults."""
    table = metadata["generator"]
    options = check_part(GENERATORS, table, source=str(path), key="generator")
    options.pop("weights", None)  # where a foreign network once came from
    return {"kind": table["kind"], **options}


def _compare_networks(first: dict[str, Any], second: dict[str, Any], paths: tuple[Path, Path]) -> None:
    for key in dict.fromkeys((*first, *second)):
        if first.get(key) != second.get(key):
            raise UsageError(
                f"{paths[0]} and {paths[1]} are different networks: generator.{key} is {first.get(key)!r} in the first "
                f"and {second.get(key)!r} in the second; only models of one network can be interpolated"
            )


def _compare_tensors(first: dict[str, Tensor], second: dict[str, Tensor], paths: tuple[Path, Path]) -> None:
    shapes, others = ({name: tuple(tensor.shape) for name, tensor in side.items()} for side in (first, second))
    differing = sorted(name for name in shapes.keys() | others.keys() if shapes.get(name) != others.get(name))
    if differing:
        raise UsageError(
            f"{paths[0]} and {paths[1]} are different networks: {len(differing)} tensors differ in name or shape, the "
            f"first is {differing[0]!r}; only models of one network can be interpolated"
        )
