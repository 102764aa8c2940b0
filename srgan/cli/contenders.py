"""What the command line means by the models that are measured or compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from srgan.errors import UsageError
from srgan.runtime import Device, Precision

if TYPE_CHECKING:
    from srgan.evaluation import Contender

__all__ = ["load_contenders"]


def load_contenders(
    models: Sequence[str],
    results: Sequence[str] = (),
    *,
    device: Device = "auto",
    precision: Precision = "auto",
) -> "list[Contender]":
    """Models for super-resolution, interpolation, and folders of finished results, each with a name of its own.

    Args:
        models: names or paths; ``bicubic`` and ``lanczos`` need no file.
        results: ``NAME=FOLDER``.
        device: where models compute.
        precision: in which.

    Raises:
        ModelError: a model is missing, refused, or for something else.
        UsageError: a folder has no name or no pictures, or a name stands twice.
    """
    from srgan import zoo
    from srgan.evaluation import finished_results, lanczos, running_model

    found: dict[str, Contender] = {}
    for name in models:
        if name.lower() == "lanczos":
            contender = lanczos()
        else:
            contender = running_model(zoo.load(name, device=device, precision=precision, command="upscale"))
            if contender.name in found:  # two files may hold models of one name
                contender = running_model(zoo.load(name, device=device, precision=precision), name=name)
        if contender.name in found:
            raise UsageError(f"--model {name} stands twice")
        found[contender.name] = contender
    for words in results:
        label, separator, folder = words.partition("=")
        if not separator or not label or not folder:
            raise UsageError(f"--results {words}: write NAME=FOLDER")
        if label in found or label in ("LR", "HR"):
            raise UsageError(f"--results {words}: the name {label} is taken")
        found[label] = finished_results(label, Path(folder))
    return [*found.values()]
