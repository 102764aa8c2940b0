"""Model cards: for the Hugging Face hub, and as an entry of OpenModelDB."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from srgan.runtime import AnyFile, ModelMetadata
from srgan.runtime.onnx_file import OnnxFile

__all__ = ["hub_card", "open_model_db"]

_PIPELINES = {
    "super_resolution": "image-to-image",
    "paired_translation": "image-to-image",
    "unpaired_translation": "image-to-image",
    "text_to_image": "text-to-image",
    "generation": "unconditional-image-generation",
}
_USES = {
    "upscale": "srgan upscale pictures/ --model {file}",
    "translate": "srgan translate pictures/ --model {file}",
    "generate": "srgan generate {asked}--model {file} --output out/",
}


def hub_card(file: AnyFile, text: str | None = None) -> str:
    """A model card in the hub's form: a YAML head, then Markdown; to be saved as ``README.md`` beside the file.

    Args:
        file: the model, described by its metadata.
        text: what a person wrote about it, Markdown; its title is left out.
    """
    metadata = _described(file)
    head = {
        "library_name": "srgan",
        "pipeline_tag": _PIPELINES.get(metadata.task, "image-to-image"),
        "license": _hub_licence(metadata.licence),
        **({"license_name": metadata.licence} if _hub_licence(metadata.licence) == "other" else {}),
        "tags": ["onnx", metadata.task.replace("_", "-"), metadata.architecture],
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    name = file.path.name if file.path else f"{metadata.name}.onnx"
    parts = [
        "---\n" + "\n".join(lines) + "\n---",
        f"# {metadata.name}",
        _use(file, metadata, name),
        _facts(file, metadata),
        _parity(metadata),
        re.sub(r"\A\s*#[^#\n].*\n", "", text).strip() if text else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def open_model_db(file: AnyFile, *, author: str, description: str, url: str | None) -> dict[str, Any]:
    """The model as OpenModelDB describes models.

    Args:
        file: a model that enlarges pictures.
        author: who made it.
        description: what it is good for.
        url: where the file can be had; None where it cannot yet.
    """
    metadata = _described(file)
    return {
        "name": metadata.name,
        "author": author,
        "license": metadata.licence if re.fullmatch(r"[A-Za-z0-9.+-]+", metadata.licence) else None,
        "tags": [],
        "description": description,
        "date": datetime.now(UTC).date().isoformat(),
        "architecture": metadata.architecture,
        "size": [],
        "scale": metadata.scale,
        "inputChannels": 3,
        "outputChannels": 3,
        "resources": [
            {
                "platform": "onnx",
                "type": "onnx",
                "size": len(file.content),
                "sha256": file.sha256,
                "urls": [url] if url else [],
            }
        ],
        "images": [],
    }


def _described(file: AnyFile) -> ModelMetadata:
    if file.metadata is not None:
        return file.metadata
    return ModelMetadata(name=file.path.stem if file.path else "model", task="unknown", scale=1)


def _hub_licence(licence: str) -> str:
    """The hub's word for a licence: SPDX in small letters where it is one."""
    one = re.fullmatch(r"[A-Za-z0-9.+-]+", licence)
    return licence.lower() if one and licence.lower() not in ("unknown", "other") else "other"


def _use(file: AnyFile, metadata: ModelMetadata, name: str) -> str:
    """How to run it."""
    if isinstance(file, OnnxFile):
        noise = ", noise" if metadata.latent else ""
        return (
            "For programs that have nothing but the file: `input` is 8-bit RGB, `(batch, height, width, 3)`, and so is "
            f"`output`.\n\n```js\nconst session = await ort.InferenceSession.create({json.dumps(name)});\n"
            'const input = new ort.Tensor("uint8", rgb, [1, height, width, 3]);\n'
            f"const {{ output }} = await session.run({{ input{noise} }});\n```"
        )
    asked = '"a few words" ' if metadata.text else "--class NAME " if metadata.classes else ""
    uses = [_USES[command].format(file=name, asked=asked) for command in metadata.commands]
    return "```sh\npip install srgan\n" + "\n".join(uses) + "\n```"


def _facts(file: AnyFile, metadata: ModelMetadata) -> str:
    rows = {
        "task": metadata.task,
        "architecture": metadata.architecture,
        "scale": metadata.scale,
        "receptive field": metadata.receptive_field,
        "side of its pictures": metadata.size,
        "classes": ", ".join(metadata.classes) or None,
        "precision": metadata.precision,
        "licence": metadata.licence,
        "sha256": file.sha256,
        "training run": metadata.training_run_hash or None,
        "training data": metadata.data_hash or None,
    }
    return "| | |\n|---|---|\n" + "\n".join(f"| {key} | {value} |" for key, value in rows.items() if value is not None)


def _parity(metadata: ModelMetadata) -> str:
    """How near the file is to its network, as it was measured at export."""
    errors, quality = metadata.parity.get("max_error"), metadata.parity.get("psnr")
    if not isinstance(errors, dict):
        return ""
    rows = []
    for backend, shapes in errors.items():
        if isinstance(shapes, dict) and shapes:
            worst = max(float(str(value)) for value in shapes.values())
            each = quality.get(backend) if isinstance(quality, dict) else None
            least = f"{min(float(str(value)) for value in each.values()):.1f} dB" if isinstance(each, dict) else "-"
            rows.append(f"| {backend} | {worst:.2g} | {least} |")
    title = "## Agreement with the network\n\nMeasured at export, worst of several shapes (values in [0, 1])."
    return f"{title}\n\n| runtime | largest difference | PSNR |\n|---|---|---|\n" + "\n".join(rows) if rows else ""
