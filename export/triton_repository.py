"""Put a model into an NVIDIA Triton model repository: ``python export/triton_repository.py model.onnx -o repository/``.

The model gets 8-bit pictures ``(height, width, 3)`` and gives 8-bit pictures: a client needs no code for colours or
ranges, and no other model stands before or behind it. What is written is run once, with ONNX Runtime, and compared with
``srgan upscale``. Needs ``srgan[train]``.
"""

import sys
from pathlib import Path
from typing import Literal, NamedTuple

import click
import numpy as np
import onnx

from srgan.errors import ModelError, SrganError, UsageError
from srgan.files import atomic_write
from srgan.runtime import ModelFile, ModelMetadata, read_model_file

Accelerator = Literal["none", "tensorrt", "openvino"]

_WARM_SIDE = 64


class Deployment(NamedTuple):
    """How Triton shall run a model.

    Attributes:
        name: of the model in the repository.
        max_batch: most pictures of one size that it computes together.
        delay: microseconds to wait for others.
        instances: copies of the model on each device.
        device: ``"gpu"`` or ``"cpu"``.
        accelerator: what ONNX Runtime hands the graph to; with TensorRT in fp16 where the file allows it.
    """

    name: str
    max_batch: int
    delay: int
    instances: int
    device: Literal["gpu", "cpu"]
    accelerator: Accelerator


def config(file: ModelFile, metadata: ModelMetadata, wanted: Deployment) -> str:
    """The text of ``config.pbtxt``."""
    height, width = file.fixed or (-1, -1)
    scale = metadata.scale
    larger = [side * scale if side > 0 else -1 for side in (height, width)]
    inputs = [_tensor("input", "TYPE_UINT8", [height, width, 3])]
    warm = [_warm("input", "TYPE_UINT8", [_warm_side(metadata, side) for side in (height, width)] + [3])]
    if metadata.latent:
        inputs.append(_tensor("noise", "TYPE_FP32", [metadata.latent]))
        warm.append(_warm("noise", "TYPE_FP32", [metadata.latent]))
    preferred = sorted({max(1, wanted.max_batch // 2), wanted.max_batch})
    facts = {
        "srgan.scale": scale,
        "srgan.multiple_of": metadata.multiple_of,
        "srgan.minimum": metadata.minimum,
        "srgan.receptive_field": "" if metadata.receptive_field is None else metadata.receptive_field,
        "srgan.licence": metadata.licence,
        "srgan.sha256": file.sha256,
    }
    # Sizes change from picture to picture: measuring every algorithm anew for each would take longer than computing.
    settings = {"cudnn_conv_algo_search": "1"} if wanted.device == "gpu" else {}
    lines = [
        f"name: {_quoted(wanted.name)}",
        'backend: "onnxruntime"',
        f"max_batch_size: {wanted.max_batch}",
        f"input [\n{','.join(inputs)}\n]",
        f"output [\n{_tensor('output', 'TYPE_UINT8', [*larger, 3])}\n]",
        f"dynamic_batching {{\n  preferred_batch_size: [ {', '.join(map(str, preferred))} ]\n"
        f"  max_queue_delay_microseconds: {wanted.delay}\n}}",
        f"instance_group [\n  {{\n    count: {wanted.instances}\n    kind: KIND_{wanted.device.upper()}\n  }}\n]",
        *_accelerator(wanted.accelerator, half=metadata.precision == "fp16"),
        f'model_warmup [\n  {{\n    name: "first"\n    batch_size: 1\n{chr(10).join(warm)}\n  }}\n]',
        *(_parameter(key, str(value)) for key, value in {**settings, **facts}.items()),
    ]
    return "\n".join(lines) + "\n"


def write(source: Path, repository: Path, wanted: Deployment) -> Path:
    """Write ``NAME/config.pbtxt`` and ``NAME/1/model.onnx``, and run the latter.

    Raises:
        UsageError: the options contradict each other.
        ModelError: the model is refused, or what was written gives other pictures than it.
    """
    if (wanted.accelerator, wanted.device) in (("tensorrt", "cpu"), ("openvino", "gpu")):
        raise UsageError(f"{wanted.accelerator} does not run on the {wanted.device}")
    from srgan.exporting.forms import check_form, shaped
    from srgan.exporting.target import Target

    file = read_model_file(source)
    if file.metadata is None:
        raise ModelError(f"{source} says nothing about itself; srgan models import and srgan export make files that do")
    model, target = onnx.load_model_from_string(file.content), Target(pixels="uint8")
    bytes_in = shaped(model, file.metadata, target)
    check_form(bytes_in, model, file.metadata, target)
    folder = repository / wanted.name
    try:
        (folder / "1").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error
    with atomic_write(folder / "1" / "model.onnx") as stream:
        stream.write(bytes_in.SerializeToString())
    with atomic_write(folder / "config.pbtxt") as stream:
        stream.write(config(file, file.metadata, wanted).encode())
    return folder


def _tensor(name: str, kind: str, sides: list[int]) -> str:
    shown = ", ".join(map(str, sides))
    return f'  {{\n    name: "{name}"\n    data_type: {kind}\n    dims: [ {shown} ]\n  }}'


def _warm(name: str, kind: str, sides: list[int]) -> str:
    shown = ", ".join(map(str, sides))
    value = f"data_type: {kind}\n        dims: [ {shown} ]\n        random_data: true"
    return f'    inputs {{\n      key: "{name}"\n      value {{\n        {value}\n      }}\n    }}'


def _warm_side(metadata: ModelMetadata, side: int) -> int:
    step = metadata.multiple_of
    return side if side > 0 else int(np.ceil(max(_WARM_SIDE, metadata.minimum) / step)) * step


def _accelerator(name: Accelerator, *, half: bool) -> list[str]:
    if name == "none":
        return []
    place = "gpu" if name == "tensorrt" else "cpu"
    inner = f'name: "{name}"'
    if name == "tensorrt":
        options = {"precision_mode": "FP16" if half else "FP32", "max_workspace_size_bytes": str(1 << 30)}
        inner += "".join(f'\n        parameters {{ key: "{key}" value: "{value}" }}' for key, value in options.items())
    block = f"    {place}_execution_accelerator [\n      {{\n        {inner}\n      }}\n    ]"
    return [f"optimization {{\n  execution_accelerators {{\n{block}\n  }}\n}}"]


def _parameter(key: str, value: str) -> str:
    return f"parameters {{\n  key: {_quoted(key)}\n  value {{ string_value: {_quoted(value)} }}\n}}"


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("-o", "--output", "repository", required=True, type=click.Path(path_type=Path), help="The repository.")
@click.option("--name", help="Of the model; the file's name by default.")
@click.option("--max-batch", type=click.IntRange(1, 1024), default=8, show_default=True, help="Pictures at a time.")
@click.option("--delay", type=click.IntRange(0), default=2000, show_default=True, help="Wait for others, in us.")
@click.option("--instances", type=click.IntRange(1, 64), default=1, show_default=True, help="Copies on each device.")
@click.option("--device", type=click.Choice(["gpu", "cpu"]), default="gpu", show_default=True)
@click.option("--accelerator", type=click.Choice(["none", "tensorrt", "openvino"]), default="none", show_default=True)
def main(
    model: Path,
    repository: Path,
    name: str | None,
    max_batch: int,
    delay: int,
    instances: int,
    device: Literal["gpu", "cpu"],
    accelerator: Accelerator,
) -> None:
    """Put the ONNX file MODEL, which makes pictures of pictures, into a Triton model repository."""
    wanted = Deployment(name or model.stem, max_batch, delay, instances, device, accelerator)
    try:
        click.echo(write(model, repository, wanted))
    except SrganError as error:
        click.echo(f"triton_repository: error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
