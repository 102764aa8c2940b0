"""Running a model with ONNX Runtime: on NVIDIA GPUs (CUDA, TensorRT), and on CPUs that OpenVINO does not serve."""

import platform
from typing import Any, Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.runtime.devices import cuda_problem, gpu_name, thread_limit
from srgan.runtime.model_file import ModelFile
from srgan.runtime.session import Precision, SessionMemoryError

__all__ = ["OnnxRuntimeSession"]

_PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
_FATAL_ONLY = 4


class OnnxRuntimeSession:
    """A session on a CPU or an NVIDIA GPU; see `srgan.runtime.Session`."""

    backend = "onnxruntime"

    def __init__(
        self,
        model: ModelFile,
        device: Literal["cpu", "cuda", "tensorrt"] = "cpu",
        precision: Precision = "auto",
        notes: tuple[str, ...] = (),
    ) -> None:
        """Open a session and make sure that it runs where it was asked to.

        Args:
            model: the checked model file.
            device: never replaced by another one in silence.
            precision: ``"auto"`` is fp32 on a CPU and tf32 on a GPU (fp16 for a file that stores fp16).
            notes: about the choice of this session, for people.

        Raises:
            UsageError: the device cannot be had, or does not compute in that precision.
            ModelError: ONNX Runtime cannot run the model.
        """
        if device != "cpu":
            problem = cuda_problem(tensorrt=device == "tensorrt")
            if problem is not None:
                raise UsageError(f"--device {device} cannot be used: {problem}")
        self.precision = _precision(model, device, precision)
        self.device = f"CPU ({platform.processor() or platform.machine()})"
        if device != "cpu":
            self.device = f"{'CUDA' if device == 'cuda' else 'TensorRT'} ({gpu_name()})"
        self.notes = notes
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL_ONLY
        # Memory patterns are kept for every shape met; tiles of many pictures have many shapes.
        options.enable_mem_pattern = False
        threads = thread_limit()
        if threads is not None:
            options.intra_op_num_threads = threads
        providers = _providers(device, self.precision)
        try:
            self._session = onnxruntime.InferenceSession(model.content, options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions have no common type that it exports
            raise ModelError(f"ONNX Runtime cannot run this model: {_first_line(error)}") from error
        running = self._session.get_providers()[0]
        if running != _PROVIDERS[device]:
            raise UsageError(f"--device {device} cannot be used: ONNX Runtime fell back to {running}")
        self._input, self._noise, self._output = model.input, model.noise, model.output
        self._type = np.float16 if model.half else np.float32

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Session.run`."""
        given = np.ascontiguousarray(batch, self._type)
        feed = {self._input: given}
        if self._noise is not None and noise is not None:
            feed[self._noise] = np.ascontiguousarray(noise, self._type)
        try:
            (result,) = self._session.run([self._output], feed)
        except Exception as error:  # as above
            text = str(error).lower()
            if isinstance(error, MemoryError) or "allocate" in text or "out of memory" in text or "bad_alloc" in text:
                raise SessionMemoryError(_first_line(error)) from error
            raise ModelError(f"the model cannot run on {given.shape}: {_first_line(error)}") from error
        return np.asarray(result, np.float32)


def _precision(model: ModelFile, device: str, asked: Precision) -> str:
    stored = "fp16" if model.half or (model.metadata and model.metadata.precision == "fp16") else "fp32"
    if asked == "auto":
        return stored if device == "cpu" or stored == "fp16" else "tf32"
    if asked == stored:
        return stored
    if device == "tensorrt":
        return asked
    hint = "use --device tensorrt or a model file exported in fp16" if device == "cuda" else "use --precision fp32"
    raise UsageError(f"ONNX Runtime on {device} does not compute this model in {asked}; {hint}")


def _providers(device: str, precision: str) -> list[tuple[str, dict[str, Any]]]:
    cpu: tuple[str, dict[str, Any]] = (_PROVIDERS["cpu"], {})
    if device == "cpu":
        return [cpu]
    # EXHAUSTIVE, the default, measures every algorithm again for every new shape.
    cuda = (_PROVIDERS["cuda"], {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": int(precision != "fp32")})
    if device == "cuda":
        return [cuda, cpu]
    flags = {"trt_fp16_enable": precision == "fp16", "trt_bf16_enable": precision == "bf16"}
    return [(_PROVIDERS["tensorrt"], flags), cuda, cpu]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
