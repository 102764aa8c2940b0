"""Choosing the backend and the device for a model."""

from pathlib import Path

from srgan.runtime.devices import cuda_problem, gpu_name
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.session import Device, Precision, Session

__all__ = ["open_session"]


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
    notes: tuple[str, ...] = ()
    if device == "auto" and gpu_name() is not None:
        problem = cuda_problem()
        if problem is None:
            device = "cuda"
        else:
            notes = (f"the GPU ({gpu_name()}) is not used: {problem}",)
    if device == "auto":
        device = "cpu"
    if device == "cpu":
        try:
            from srgan.runtime.openvino_session import OpenVINOSession
        except ImportError:
            notes += ("OpenVINO is not installed; ONNX Runtime is slower on a CPU (repair: pip install openvino)",)
        else:
            return OpenVINOSession(file, precision, notes)
    from srgan.runtime.onnxruntime_session import OnnxRuntimeSession

    return OnnxRuntimeSession(file, device, precision, notes)
