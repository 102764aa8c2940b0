"""What ONNX Runtime is told about the devices: providers with their options, and where compiled engines are kept."""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from srgan.errors import UsageError
from srgan.files import cache_folder
from srgan.runtime.devices import gpu_name, tensorrt_version
from srgan.runtime.places import Place

__all__ = [
    "PROVIDERS",
    "Engines",
    "Provider",
    "engine_folder",
    "kept_engines",
    "make_engine_folder",
    "providers_of",
]

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}

Provider = tuple[str, dict[str, str]]
"""Name and options of an execution provider."""


class Engines(NamedTuple):
    """Where TensorRT keeps what took it minutes to find out.

    Attributes:
        engines: folder of the engines of one graph in one precision.
        timings: folder of the times that it measured, which serve every graph.
    """

    engines: Path
    timings: Path


def providers_of(place: Place, precision: str, *, graphs: bool = False, kept: Engines | None = None) -> list[Provider]:
    """The providers for a device, the first one being the device itself.

    Args:
        place: the device.
        precision: ``"fp32"``, ``"tf32"``, ``"bf16"`` or ``"fp16"``.
        graphs: record the work of a run as a CUDA graph and replay it (which needs buffers that stay in place).
        kept: where TensorRT keeps its engines; None: nowhere.
    """
    cpu: Provider = (PROVIDERS["cpu"], {})
    if place.kind == "cpu":
        return [cpu]
    options = {
        "device_id": str(place.number),
        # EXHAUSTIVE, the default, measures every algorithm again for every new shape.
        "cudnn_conv_algo_search": "HEURISTIC",
        "use_tf32": _flag(precision != "fp32"),
    }
    cuda: Provider = (PROVIDERS["cuda"], options | ({"enable_cuda_graph": "1"} if graphs else {}))
    if place.kind == "cuda":
        return [cuda, cpu]
    flags = {
        "device_id": str(place.number),
        "trt_fp16_enable": _flag(precision == "fp16"),
        "trt_bf16_enable": _flag(precision == "bf16"),
    }
    if kept is not None:
        flags |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(kept.engines)}
        flags |= {"trt_timing_cache_enable": "1", "trt_timing_cache_path": str(kept.timings)}
    return [(PROVIDERS["tensorrt"], flags), cuda, cpu]


def kept_engines() -> Path:
    """The folder of all that TensorRT has compiled for this user; it can be removed at any time."""
    return cache_folder() / "srgan" / "tensorrt"


def engine_folder(content: bytes, precision: str, gpu: str, versions: tuple[str, str]) -> Engines:
    """Where the engines of a graph lie: nothing that was compiled for something else is ever found there.

    Args:
        content: the graph that is compiled.
        precision: in which it is to compute.
        gpu: name of the GPU.
        versions: of ONNX Runtime and of TensorRT.
    """
    machine = re.sub(r"[^A-Za-z0-9.]+", "-", f"{gpu}-onnxruntime-{versions[0]}-tensorrt-{versions[1]}")
    folder = kept_engines() / machine
    return Engines(folder / f"{hashlib.sha256(content).hexdigest()[:32]}-{precision}", folder)


def make_engine_folder(content: bytes, precision: str, place: Place) -> Engines:
    """`engine_folder` for a GPU of this machine, made.

    Raises:
        UsageError: the folder cannot be made.
    """
    import onnxruntime

    versions = onnxruntime.__version__, tensorrt_version() or "unknown"
    kept = engine_folder(content, precision, gpu_name(place.number) or "GPU", versions)
    try:
        kept.engines.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"{kept.engines} cannot be made ({error.strerror or error}); name another folder with XDG_CACHE_HOME"
        raise UsageError(f"--device tensorrt keeps its engines, and {words}") from error
    return kept


def _flag(value: bool) -> str:
    return "1" if value else "0"
