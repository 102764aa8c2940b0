"""Choosing the backend and the device for a model."""

from pathlib import Path
from typing import Literal

from srgan.runtime.devices import cuda_problem, gpu_name
from srgan.runtime.generator_file import GeneratorFile, read_generator_file
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.session import Device, Engine, Precision, Session

__all__ = ["open_engine", "open_session"]


def open_session(model: bytes | Path | ModelFile, device: Device = "auto", precision: Precision = "auto") -> Session:
    """Make a model ready to run.

    ``"auto"`` takes the NVIDIA GPU when everything it needs is installed, else the CPU: through OpenVINO, or through
    ONNX Runtime where OpenVINO is not installed. An explicit device is used or refused, never replaced.

    Args:
        model: an ONNX file, its bytes, or an already checked file.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.

    Raises:
        UsageError: the device or the precision cannot be had here; the message says how to repair it.
        ModelError: the model is refused.
    """
    file = model if isinstance(model, ModelFile) else read_model_file(model)
    device, notes = _chosen(device)
    if device == "cpu":
        try:
            from srgan.runtime.openvino_session import OpenVINOSession
        except ImportError:
            notes += ("OpenVINO is not installed; ONNX Runtime is slower on a CPU (repair: pip install openvino)",)
        else:
            return OpenVINOSession(file, precision, notes)
    from srgan.runtime.onnxruntime_session import OnnxRuntimeSession

    return OnnxRuntimeSession(file, device, precision, notes)


def open_engine(model: bytes | Path | GeneratorFile, device: Device = "auto", precision: Precision = "auto") -> Engine:
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
    device, notes = _chosen(device)
    if precision == "auto" and file.metadata.precision == "fp32":
        precision = "fp32"
    return OnnxRuntimeEngine(file, device, precision, notes)


def _chosen(device: Device) -> tuple[Literal["cpu", "cuda", "tensorrt"], tuple[str, ...]]:
    """The device that ``"auto"`` means here, and what a person should know about that."""
    if device != "auto":
        return device, ()
    if gpu_name() is None:
        return "cpu", ()
    problem = cuda_problem()
    if problem is None:
        return "cuda", ()
    return "cpu", (f"the GPU ({gpu_name()}) is not used: {problem}",)
