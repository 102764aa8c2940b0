"""Choosing the backend and the device for a model."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from srgan.errors import UsageError
from srgan.runtime.checked_session import CheckedSession
from srgan.runtime.devices import cuda_problem, gpu_name
from srgan.runtime.generator_file import GeneratorFile, read_generator_file
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.places import Device, Place, place_of
from srgan.runtime.session import Engine, Precision, Session

__all__ = ["open_engine", "open_session"]

_NEXT: dict[str, tuple[Precision, ...]] = {
    "cpu": ("fp16", "fp32"),
    "cuda": ("fp16", "fp32"),
    "tensorrt": ("fp16", "bf16", "fp32"),
}
"""Precisions that are tried one after the other where fp16 turns out to be too narrow for a network."""


def open_session(
    model: bytes | Path | ModelFile, device: Device | Place = "auto", precision: Precision = "auto"
) -> Session:
    """Make a model ready to run.

    ``"auto"`` takes the NVIDIA GPU when everything it needs is installed, else the CPU: through OpenVINO, or through
    ONNX Runtime where OpenVINO is not installed. An explicit device is used or refused, never replaced. fp16 (which
    ``"auto"`` means on a GPU) is checked against fp32 with the first tile, and given up where it is not close.

    Args:
        model: an ONNX file, its bytes, or an already checked file.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; with a number the second GPU is ``"cuda:1"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.

    Raises:
        UsageError: the device or the precision cannot be had here; the message says how to repair it.
        ModelError: the model is refused.
    """
    file = model if isinstance(model, ModelFile) else read_model_file(model)
    place, notes = _chosen(device)
    opened: Callable[[Place, Precision], Session] = partial(_on_gpu if place.kind != "cpu" else _on_cpu, file, notes)
    narrow = precision == "fp16" or (precision == "auto" and place.kind != "cpu")
    if not narrow or file.stores_half:
        return opened(place, precision)
    # A second engine of TensorRT takes minutes to build, so what it computes is compared with CUDA.
    other = place._replace(kind="cuda") if place.kind == "tensorrt" else place
    return CheckedSession([partial(opened, place, one) for one in _NEXT[place.kind]], partial(opened, other, "fp32"))


def open_engine(
    model: bytes | Path | GeneratorFile, device: Device | Place = "auto", precision: Precision = "auto"
) -> Engine:
    """Make a model that makes pictures of texts, classes or noise ready to run, through ONNX Runtime everywhere.

    Such models are small: on two CPU cores ONNX Runtime has the first picture of one of 7 MB after 0.3 s, OpenVINO
    after 0.6 s, and both need 4 ms for each of the next.

    Args:
        model: an ONNX file, its bytes, or an already checked file.
        device: as for `open_session`.
        precision: ``"auto"`` is fp32 also on a GPU, so that a seed makes the same picture everywhere (fp16 for a file
            that stores fp16).

    Raises:
        UsageError: the device or the precision cannot be had here; the message says how to repair it.
        ModelError: the model is refused.
    """
    from srgan.runtime.onnxruntime_session import OnnxRuntimeEngine

    file = model if isinstance(model, GeneratorFile) else read_generator_file(model)
    place, notes = _chosen(device)
    if precision == "auto" and file.metadata.precision == "fp32":
        precision = "fp32"
    return OnnxRuntimeEngine(file, place, precision, notes)


def _chosen(device: Device | Place) -> tuple[Place, tuple[str, ...]]:
    """The device that ``"auto"`` means here, and what a person should know about that."""
    place = place_of(device)
    if place.kind != "auto":
        return place, ()
    if gpu_name() is None:
        return Place("cpu"), ()
    problem = cuda_problem()
    if problem is None:
        return Place("cuda"), ()
    return Place("cpu"), (f"the GPU ({gpu_name()}) is not used: {problem}",)


def _on_cpu(file: ModelFile, notes: tuple[str, ...], place: Place, precision: Precision) -> Session:
    try:
        from srgan.runtime.openvino_session import OpenVINOSession
    except ImportError:
        notes += ("OpenVINO is not installed; ONNX Runtime is slower on a CPU (repair: pip install openvino)",)
        if precision == "fp16" and not file.stores_half:
            raise UsageError("ONNX Runtime on cpu is not faster in fp16; use --precision fp32") from None
        return _on_gpu(file, notes, place, precision)
    return OpenVINOSession(file, precision, notes, place=place)


def _on_gpu(file: ModelFile, notes: tuple[str, ...], place: Place, precision: Precision) -> Session:
    from srgan.runtime.onnxruntime_session import OnnxRuntimeSession

    return OnnxRuntimeSession(file, place, precision, notes)
