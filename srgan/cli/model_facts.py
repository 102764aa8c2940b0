"""What is known of a model: its file, its metadata, its card, and its row in the list."""

from pathlib import Path
from typing import Any

from srgan.errors import ModelError
from srgan.runtime import AnyFile, ModelMetadata, bicubic, read_any_file, read_file
from srgan.runtime import load_model as load_file
from srgan.runtime.onnx_file import read_onnx_file
from srgan.zoo import BICUBIC, DEFAULTS, Entry, find, list_models
from srgan.zoo.loading import is_path

__all__ = ["card_of", "facts_of", "file_of", "rows", "summary_of"]

_BICUBIC_ROW = {
    "name": BICUBIC,
    "task": "super_resolution",
    "scale": 4,
    "licence": "not needed",
    "summary": "MATLAB's bicubic, no network; the yardstick",
    "bytes": None,
    "sha256": None,
    "training_data": "none",
    "protocol": "",
    "metrics": {},
    "default": False,
    "fidelity": None,
    "file": None,
}


def rows() -> list[dict[str, Any]]:
    """Every model that ``--model`` takes by name: the packaged ones, then bicubic."""
    return [*(_row(entry) for entry in list_models()), _BICUBIC_ROW]


def file_of(model: str) -> AnyFile:
    """The file of a model by its name or path.

    Raises:
        ModelError: there is none, or it is refused.
    """
    if is_path(model):
        return read_any_file(Path(model).expanduser())
    if model.lower() == BICUBIC:
        raise ModelError("bicubic is computed, there is no file of it")
    entry = find(model)
    return read_file(entry.file, sha256=entry.sha256)


def card_of(model: str, file: AnyFile) -> str | None:
    """What people wrote about a model."""
    path = file.path.with_suffix(".md") if is_path(model) and file.path else None
    try:
        if path is None:
            return find(model).card.read_text(encoding="utf-8")
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except OSError as error:
        raise ModelError(f"the card of {model} cannot be read: {error.strerror}") from error


def summary_of(text: str | None) -> str:
    """The first paragraph of a card."""
    paragraphs = [part.strip() for part in (text or "").split("\n\n")]
    return next((" ".join(part.split()) for part in paragraphs if part and not part.startswith("#")), "")


def facts_of(model: str) -> tuple[dict[str, Any], str | None]:
    """Metadata (with file, sha256 and size) and the text of the card."""
    if not is_path(model) and model.lower() == BICUBIC:
        return bicubic().metadata.model_dump(mode="json"), None
    path = Path(model).expanduser() if is_path(model) else None
    if path is not None and path.suffix.lower() == ".safetensors":
        from srgan.zoo.weights import describe_weights

        return {**describe_weights(path), "file": str(path), "bytes": path.stat().st_size}, None
    if path is not None and (whole := read_onnx_file(path)).metadata is None:
        return {**_shown(path), "file": str(path), "bytes": len(whole.content), "sha256": whole.sha256}, None
    file = file_of(model)
    text = None if is_path(model) else card_of(model, file)
    fields = file.metadata.model_dump(mode="json") if file.metadata else dict.fromkeys(ModelMetadata.model_fields)
    known = {} if is_path(model) else _measured(find(model))
    return {**fields, "file": str(file.path), "bytes": len(file.content), "sha256": file.sha256, **known}, text


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "task": entry.task,
        "scale": entry.scale,
        "licence": entry.licence,
        "summary": entry.summary,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        **_measured(entry),
        "default": entry.name == DEFAULTS[entry.command],
        "fidelity": entry.fidelity,
        "file": str(entry.file),
    }


def _measured(entry: Entry) -> dict[str, Any]:
    return {"training_data": entry.training_data, "protocol": entry.protocol, "metrics": entry.metrics}


def _shown(path: Path) -> dict[str, Any]:
    """What running a model of somebody else shows."""
    model = load_file(path, device="cpu")
    facts = model.metadata.model_dump(mode="json")
    said = {key: facts[key] for key in ("name", "task", "scale", "multiple_of", "latent")}
    return {**dict.fromkeys(ModelMetadata.model_fields), **said, "pictures": model.form.words}
