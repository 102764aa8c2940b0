"""Running a model on the CPU with OpenVINO: 1.5 to 2.5 times as fast as ONNX Runtime there.

One compiled model with dynamic sides serves every shape. A shape that is large or comes often gets a program of its
own: measured on a 16-layer network in bf16 it is 7 to 11 % faster, takes a quarter less memory, and gives the same
bits; compiling it (0.05 s) costs no more than what the other one prepares for a new shape.

8-bit results are made inside the graph. 8-bit pictures become floats outside: that is a sixteenth of the pixels at x4,
costs a thousandth of the time, and OpenVINO in bf16 would round them before the network has taken away their mean
(0.7 dB on the packaged models).
"""

import functools
import math
import sys
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

# OpenVINO reports its import to a statistics service unless this package is absent.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino  # noqa: E402  (must follow the line above)

from srgan.errors import ModelError, UsageError  # noqa: E402
from srgan.runtime.devices import threads_of  # noqa: E402
from srgan.runtime.memory import free_memory  # noqa: E402
from srgan.runtime.model_file import ModelFile  # noqa: E402
from srgan.runtime.pixels import to_levels, to_planes  # noqa: E402
from srgan.runtime.places import Place  # noqa: E402
from srgan.runtime.preparing import Prepared, prepare  # noqa: E402
from srgan.runtime.session import NonFiniteError, Precision, SessionMemoryError  # noqa: E402

__all__ = ["OpenVINOSession"]

_TYPES = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
_CAPABILITIES = {"bf16": "BF16", "fp16": "FP16"}
_WHOLE = Place("cpu")
_SHAPES_KEPT = 16
"""Kernels prepared for earlier shapes are kept for this many layers' shapes; without a bound memory grows."""

_OWN_PIXELS = 256 * 256
"""After so many pixels of one shape without another in between, it gets a program of its own."""

_CHECKED_PIXELS = 1024 * 1024
"""From this size of a batch on, its need of memory is compared with what is free before it is run."""


class OpenVINOSession:
    """A session on the CPU; see `srgan.runtime.Session`."""

    backend = "openvino"

    def __init__(
        self,
        model: ModelFile,
        precision: Precision = "auto",
        notes: tuple[str, ...] = (),
        *,
        place: Place = _WHOLE,
    ) -> None:
        """Compile a model.

        Args:
            model: the checked model file.
            precision: ``"auto"`` lets OpenVINO choose: bf16 where the CPU computes it natively, else fp32.
            notes: about the choice of this session, for people.
            place: says how many sessions share the cores.

        Raises:
            UsageError: the CPU cannot compute in the precision asked for.
            ModelError: OpenVINO cannot read or compile the model.
        """
        core = _core()
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        needed = _CAPABILITIES.get(precision)
        if needed is not None and needed not in capabilities:
            raise UsageError(f"this CPU does not compute in {precision}; use --precision fp32 or auto")
        options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "CPU_RUNTIME_CACHE_CAPACITY": _SHAPES_KEPT}
        # Threads would be pinned from the first core on: those of all processes and sessions to the same ones. Beside
        # a program that keeps that core busy, tiles took 3 to 5 times as long with it.
        options["ENABLE_CPU_PINNING"] = False
        if precision != "auto":
            options["INFERENCE_PRECISION_HINT"] = _TYPES[precision]
        threads = threads_of(place.share)
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        self._model, self._options = model, options
        self._programs: dict[bool, _Program] = {}
        self._own: _Program | None = None
        self._recent: tuple[bool, dict[str, list[int]]] | None = None
        self._pixels = 0
        self._type = np.float16 if model.half else np.float32
        self._lock = threading.Lock()
        # What is known well is asked for 8-bit pictures; models of others are measured first, in floats.
        compiled = self._program(bytes_out=model.metadata is not None).compiled
        running = compiled.get_property("INFERENCE_PRECISION_HINT")
        names = {openvino.Type.f32: "fp32", openvino.Type.bf16: "bf16", openvino.Type.f16: "fp16"}
        self.precision = names.get(running, str(running))
        where = "+".join(compiled.get_property("EXECUTION_DEVICES"))
        self.device = f"{where} ({core.get_property('CPU', 'FULL_DEVICE_NAME').strip()})"
        self.notes = notes

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Session.run`."""
        return np.asarray(self._compute(batch, noise, bytes_out=False), np.float32)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Run the network on 8-bit pictures; see `srgan.runtime.Session.run_pixels`."""
        result = self._compute(to_planes(batch), noise, bytes_out=True)
        if result.dtype == np.uint8:
            return result
        # The file's opset is too old to round inside the graph.
        if not np.isfinite(result).all():
            raise NonFiniteError
        return to_levels(result, batch.dtype)

    def _program(self, *, bytes_out: bool) -> "_Program":
        """The network compiled for results of one kind, when that is first needed."""
        if bytes_out not in self._programs:
            self._programs[bytes_out] = _Program(prepare(self._model, bytes_out=bytes_out), self._options)
        return self._programs[bytes_out]

    def _compute(
        self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None, *, bytes_out: bool
    ) -> NDArray[Any]:
        feed = {self._model.input: np.ascontiguousarray(batch, self._type)}
        if self._model.noise is not None and noise is not None:
            feed[self._model.noise] = np.ascontiguousarray(noise, self._type)
        with self._lock:
            program = self._program(bytes_out=bytes_out)
            self._check_memory(program, feed)
            try:
                return self._fitted(program, feed, bytes_out=bytes_out).run(feed)
            except MemoryError as error:
                raise SessionMemoryError("out of memory") from error
            except RuntimeError as error:
                text = str(error)
                if "bad_alloc" in text or "allocate" in text:
                    raise SessionMemoryError(_last_line(error)) from error
                raise ModelError(f"the model cannot run on {batch.shape}: {_last_line(error)}") from error

    def _fitted(self, general: "_Program", feed: dict[str, NDArray[Any]], *, bytes_out: bool) -> "_Program":
        """The program to run a batch with: `general`, or one for its shape alone."""
        shapes = {name: list(value.shape) for name, value in feed.items()}
        if self._recent != (bytes_out, shapes):
            self._own, self._recent, self._pixels = None, (bytes_out, shapes), 0
        if self._own is None:
            batch, _, height, width = shapes[self._model.input]
            self._pixels += batch * height * width
            # Models of others are probed with many shapes, and after one that puts 128 x 128 pixels into channels had
            # had programs for some of these, later sessions ended the process (OpenVINO 2026.4, one thread).
            if self._pixels < _OWN_PIXELS or not general.dynamic or self._model.metadata is None:
                return general
            self._own = _Program(general.prepared, self._options, shapes)
        return self._own

    def _check_memory(self, program: "_Program", feed: dict[str, NDArray[Any]]) -> None:
        """Refuse a large batch that would not fit into memory: the system would end the process in the middle of it."""
        shape = feed[self._model.input].shape
        pixels = shape[0] * shape[2] * shape[3]
        free = free_memory() if pixels >= _CHECKED_PIXELS else None
        if free is None:
            return
        if program.values_per_pixel is None:
            program.values_per_pixel = _values(self._model.content, {k: v.shape for k, v in feed.items()}) / pixels
        needed = (4 if self.precision == "fp32" else 2) * program.values_per_pixel * pixels
        if needed > free:
            raise SessionMemoryError(f"needs about {needed / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free")


class _Program:
    """A graph compiled for the CPU, and what is known about its need of memory."""

    def __init__(self, prepared: Prepared, options: dict[str, Any], shapes: dict[str, list[int]] | None = None) -> None:
        self.prepared = prepared
        try:
            graph = _core().read_model(model=prepared.content, weights=b"")
            if shapes is not None:
                graph.reshape(shapes)
            self.dynamic = graph.is_dynamic()
            self.compiled = _core().compile_model(graph, "CPU", options)
            self._request = self.compiled.create_infer_request()
        except RuntimeError as error:
            if shapes is not None:
                raise  # the shape is to blame
            raise ModelError(f"OpenVINO cannot run this model: {_last_line(error)}") from error
        self._result = self.compiled.output(prepared.result)
        self._total = None if prepared.total is None else self.compiled.output(prepared.total)
        self.values_per_pixel: float | None = None

    def run(self, feed: dict[str, NDArray[Any]]) -> NDArray[Any]:
        """The first result, as a copy; `NonFiniteError` when the second one tells of such values."""
        results = self._request.infer(feed, share_inputs=True, share_outputs=True)
        if self._total is not None and not math.isfinite(results[self._total].item()):
            raise NonFiniteError
        return np.array(results[self._result])


def _values(content: bytes, shapes: dict[str, tuple[int, ...]]) -> int:
    """Most numbers that a network holds at once when its layers run in order, each result kept until its last use.

    Measured, the memory that OpenVINO takes is 0.5 to 1.6 times that (translation networks, 0.25 to 1 megapixel).
    """
    try:
        graph = _core().read_model(model=content, weights=b"")
        graph.reshape({name: list(shape) for name, shape in shapes.items()})
        waiting: dict[Any, int] = {}
        held = most = 0
        for node in graph.get_ordered_ops():
            if node.get_type_name() == "Constant":
                continue
            for output in node.outputs():
                waiting[output] = len(output.get_target_inputs())
                held += int(np.prod(output.get_shape()))
            most = max(most, held)
            for source in node.input_values():
                if source in waiting:
                    waiting[source] -= 1
                    if not waiting[source]:
                        del waiting[source]
                        held -= int(np.prod(source.get_shape()))
    except RuntimeError:
        return 0  # a shape that depends on values: nothing is known before it runs
    return most


@functools.cache
def _core() -> openvino.Core:
    """The one core of this process, which is never destroyed.

    Each core gives its thread a stack for signal handlers and takes it away again. When two end in the order in which
    they were made, the second one puts back the first one's stack, which is gone: the next Ctrl-C or SIGTERM then
    ends the process with a segmentation fault (OpenVINO 2026.4).
    """
    return openvino.Core()


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
