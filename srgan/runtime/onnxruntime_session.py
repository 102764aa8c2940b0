"""Running a model with ONNX Runtime: on NVIDIA GPUs (CUDA, TensorRT), and on CPUs where OpenVINO is not the choice."""

import math
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.runtime.binding import Bindings
from srgan.runtime.devices import cuda_problem, gpu_name, threads_of
from srgan.runtime.generator_file import GeneratorFile
from srgan.runtime.model_file import ModelFile
from srgan.runtime.pixels import to_levels, to_planes
from srgan.runtime.places import Device, Place, place_of
from srgan.runtime.preparing import Prepared, prepare
from srgan.runtime.providers import PROVIDERS, make_engine_folder, providers_of
from srgan.runtime.session import NonFiniteError, Precision, SessionMemoryError

__all__ = ["OnnxRuntimeEngine", "OnnxRuntimeSession"]

_FATAL_ONLY = 4


class OnnxRuntimeEngine:
    """A model with any inputs on a CPU or an NVIDIA GPU; see `srgan.runtime.Engine`."""

    backend = "onnxruntime"

    def __init__(
        self,
        model: ModelFile | GeneratorFile,
        device: Device | Place = "cpu",
        precision: Precision = "auto",
        notes: tuple[str, ...] = (),
        *,
        content: bytes | None = None,
    ) -> None:
        """Open a session and make sure that it runs where it was asked to.

        Args:
            model: the checked model file.
            device: never replaced by another one in silence.
            precision: ``"auto"`` is fp32 on a CPU and tf32 on a GPU (fp16 for a file that stores fp16).
            notes: about the choice of this session, for people.
            content: the graph to run, already in that precision; None runs the file's own.

        Raises:
            UsageError: the device cannot be had, or does not compute in that precision.
            ModelError: ONNX Runtime cannot run the model.
        """
        place = place_of(device)
        if place.kind != "cpu":
            problem = cuda_problem(place.number, tensorrt=place.kind == "tensorrt")
            if problem is not None:
                raise UsageError(f"--device {place.kind} cannot be used: {problem}")
        self.precision = _precision(model, place, precision, prepared=content is not None)
        self.device = f"CPU ({platform.processor() or platform.machine()})"
        if place.kind != "cpu":
            number = f" {place.number}" if place.number else ""
            self.device = f"{'CUDA' if place.kind == 'cuda' else 'TensorRT'}{number} ({gpu_name(place.number)})"
        self.notes = notes
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL_ONLY
        # Memory patterns are kept for every shape met; tiles of many pictures have many shapes.
        options.enable_mem_pattern = False
        threads = threads_of(place.share)
        if threads is not None:
            options.intra_op_num_threads = threads
        self._options, self._place, self._output = options, place, model.output
        self._session = self._open(model.content if content is None else content)

    def compute(self, feed: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Engine.compute`."""
        return np.asarray(self._run(self._session, [self._output], feed)[0], np.float32)

    def _open(self, content: bytes) -> Any:  # noqa: ANN401
        """A session of ONNX Runtime that runs where it was asked to, or its buffers on a GPU."""
        place, kept = self._place, None
        if place.kind == "tensorrt":
            kept = make_engine_folder(content, self.precision, place)
        # Networks with parts that only a CPU runs (shapes, loops) cannot be recorded.
        failure: Exception | None = None
        for graphs in (True, False) if place.kind == "cuda" else (False,):
            providers = providers_of(place, self.precision, graphs=graphs, kept=kept)
            try:
                session = onnxruntime.InferenceSession(content, self._options, providers=providers)
            except Exception as error:  # ONNX Runtime's exceptions have no common type that it exports
                failure = error
                continue
            running = session.get_providers()[0]
            if running != PROVIDERS[place.kind]:
                raise UsageError(f"--device {place.kind} cannot be used: ONNX Runtime fell back to {running}")
            return Bindings(session, "cuda", place.number, graphs=graphs) if place.kind == "cuda" else session
        raise ModelError(f"ONNX Runtime cannot run this model: {_first_line(failure)}") from failure

    def _run(self, session: Any, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[Any]:  # noqa: ANN401
        try:
            results: list[Any] = session.run(list(outputs), dict(feed))
        except Exception as error:  # as above
            text = str(error).lower()
            if isinstance(error, MemoryError) or "allocate" in text or "out of memory" in text or "bad_alloc" in text:
                raise SessionMemoryError(_first_line(error)) from error
            shapes = " and ".join(str(given.shape) for given in feed.values())
            raise ModelError(f"the model cannot run on {shapes}: {_first_line(error)}") from error
        return results


class OnnxRuntimeSession(OnnxRuntimeEngine):
    """A model from pictures to pictures on a CPU or an NVIDIA GPU; see `srgan.runtime.Session`."""

    def __init__(
        self,
        model: ModelFile,
        device: Device | Place = "cpu",
        precision: Precision = "auto",
        notes: tuple[str, ...] = (),
    ) -> None:
        """Open a session; arguments and errors are those of the engine, but fp16 can be had everywhere."""
        # TensorRT chooses by itself what it computes in fp16.
        self._half = precision == "fp16" and not model.stores_half and place_of(device).kind != "tensorrt"
        # What is known well is asked for 8-bit pictures; models of others are measured first, in floats.
        pixels = model.metadata is not None
        prepared = prepare(model, bytes_in=pixels, bytes_out=pixels, half=self._half)
        super().__init__(model, device, precision, notes, content=prepared.content)
        self._model = model
        self._programs = {pixels: (prepared, self._session)}
        self._type = np.float16 if model.half else np.float32

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Session.run`."""
        prepared, session = self._program(pixels=False)
        feed = self._feed(prepared.picture, np.ascontiguousarray(batch, self._type), noise)
        return np.asarray(self._run(session, [prepared.result], feed)[0], np.float32)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Run the network on 8-bit pictures; see `srgan.runtime.Session.run_pixels`."""
        prepared, session = self._program(pixels=True)
        if prepared.total is None:  # the file's opset is too old to round inside the graph
            floats = self.run(to_planes(batch), noise)
            if not np.isfinite(floats).all():
                raise NonFiniteError
            return to_levels(floats, batch.dtype)
        feed = self._feed(prepared.picture, np.ascontiguousarray(batch), noise)
        result, total = self._run(session, [prepared.result, prepared.total], feed)
        if not math.isfinite(total.item()):
            raise NonFiniteError
        return np.asarray(result)

    def _program(self, *, pixels: bool) -> tuple[Prepared, Any]:
        """The graph for 8-bit pictures or for floats, opened when it is first needed."""
        if pixels not in self._programs:
            prepared = prepare(self._model, bytes_in=pixels, bytes_out=pixels, half=self._half)
            self._programs[pixels] = prepared, self._open(prepared.content)
        return self._programs[pixels]

    def _feed(self, name: str, batch: NDArray[Any], noise: NDArray[np.float32] | None) -> dict[str, NDArray[Any]]:
        feed = {name: batch}
        if self._model.noise is not None and noise is not None:
            feed[self._model.noise] = np.ascontiguousarray(noise, self._type)
        return feed


def _precision(model: ModelFile | GeneratorFile, place: Place, asked: Precision, *, prepared: bool) -> str:
    half = isinstance(model, ModelFile) and model.half
    stored = "fp16" if half or (model.metadata and model.metadata.precision == "fp16") else "fp32"
    if asked == "auto":
        return stored if place.kind == "cpu" or stored == "fp16" else "tf32"
    if asked == stored or place.kind == "tensorrt" or (asked == "fp16" and prepared):
        return asked
    hint = "use --precision fp32"
    if place.kind == "cuda":
        hint += ", or --device tensorrt" if isinstance(model, GeneratorFile) else " or fp16, or --device tensorrt"
    raise UsageError(f"ONNX Runtime on {place.kind} does not compute this model in {asked}; {hint}")


def _first_line(error: Exception | None) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
