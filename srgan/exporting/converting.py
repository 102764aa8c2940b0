"""Model files in another precision, or for another target, where only the file is at hand and not the checkpoint."""

from pathlib import Path
from typing import Any

import onnx

from srgan.errors import ModelError, UsageError
from srgan.exporting.finishing import Finished, Wish, finish
from srgan.runtime import ModelFile, ModelMetadata, read_file

__all__ = ["convert"]


def convert(source: Path, wish: Wish, *, name: str | None = None) -> Finished:
    """Make a file of another precision or form of one in float32; what was measured of the latter is taken along.

    Args:
        source: an ``.onnx`` file that `export_model` or `import_model` wrote.
        wish: what the new one shall be like.
        name: of the new model; the same by default.

    Raises:
        UsageError: `source` is not in float32, or what is wished for is not for such a model.
        ModelError: it is refused, says nothing about itself, or the result would be outside the tolerance.
    """
    if not source.is_file():
        raise UsageError(f"{source} is not there; give the folder of a run, a checkpoint or a model file")
    file = read_file(source)
    metadata = file.metadata
    if metadata is None:
        raise ModelError(f"{source} says nothing about itself; srgan export and srgan models import make files that do")
    fixed = isinstance(file, ModelFile) and (file.fixed is not None or (file.input, file.output) != ("input", "output"))
    if metadata.precision != "fp32" or fixed:
        form = "of fixed sides" if fixed else f"in {metadata.precision}"
        raise UsageError(f"{source} is {form}; other files are made from one in fp32 with free sides")
    changed = metadata.model_copy(update={"name": name or metadata.name, "parity": {}})
    return finish(onnx.load_model_from_string(file.content), changed, _measured(metadata), wish)


def _measured(metadata: ModelMetadata) -> dict[str, Any]:
    """What the file says of its parity, as far as it has the form that an export gives it."""
    errors = metadata.parity.get("max_error")
    sound = isinstance(errors, dict) and all(
        isinstance(shapes, dict) and shapes and all(isinstance(error, (int, float)) for error in shapes.values())
        for shapes in errors.values()
    )
    return dict(metadata.parity) if sound else {"max_error": {}}
