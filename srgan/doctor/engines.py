"""Does every engine that may run a model really run one?"""

import importlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from srgan.doctor.finding import Finding
from srgan.errors import SrganError
from srgan.runtime import ModelFile, read_model_file
from srgan.runtime.devices import cuda_problem, gpu_name

__all__ = ["check_gpu", "check_onnxruntime_session", "check_openvino_session", "tiny_model"]


def tiny_model() -> bytes:
    """An ONNX file with one convolution: each pixel of ``(batch, 3, height, width)`` is halved."""
    from onnx import TensorProto, helper, numpy_helper

    weights = (0.5 * np.eye(3, dtype=np.float32)).reshape(3, 3, 1, 1)
    sides: list[str | int | None] = ["batch", 3, "height", "width"]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "weights"], ["output"])],
        "doctor",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, sides)],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def check_openvino_session() -> Iterator[Finding]:
    """A model on the CPU, through OpenVINO; and whether this CPU computes in bfloat16."""
    try:
        session = importlib.import_module("srgan.runtime.openvino_session").OpenVINOSession(_file())
        session.run(_picture())
    except ImportError as error:
        repair = "pip install --force-reinstall openvino"
        yield Finding("OpenVINO", "problem", f"cannot be imported ({error}); models run 2.5 times slower", repair)
        return
    except (SrganError, RuntimeError) as error:
        yield Finding("OpenVINO", "problem", f"runs no model: {error}", "pip install --force-reinstall openvino")
        return
    yield Finding("OpenVINO", "ok", f"runs on {session.device} in {session.precision}")
    if session.precision == "fp32":
        detail = "does not compute in bfloat16 (AVX-512 BF16 or AMX): models run in fp32, at about half the speed"
        yield Finding("CPU", "note", detail)
    else:
        yield Finding("CPU", "ok", f"computes in {session.precision}")


def check_onnxruntime_session() -> Iterator[Finding]:
    """A model on the CPU, through ONNX Runtime."""
    repair = "pip install --force-reinstall onnxruntime-gpu"
    try:
        session = importlib.import_module("srgan.runtime.onnxruntime_session").OnnxRuntimeSession(_file(), "cpu")
        right = np.allclose(session.run(_picture()), 0.25, atol=0.01)
    except (ImportError, AttributeError, SrganError, RuntimeError, OSError) as error:
        yield Finding("ONNX Runtime", "problem", f"runs no model: {error}", repair)
        return
    if right:
        yield Finding("ONNX Runtime", "ok", f"runs on {session.device} in {session.precision}")
    else:
        yield Finding("ONNX Runtime", "problem", "computes wrong numbers on this machine", repair)


def check_gpu() -> Iterator[Finding]:
    """The NVIDIA GPUs, if there are some: driver, libraries, and a model on each."""
    name = gpu_name()
    if name is None:
        yield Finding("GPU", "note", "no NVIDIA GPU with a working driver: models run on the CPU (see: nvidia-smi)")
        return
    try:
        problem = cuda_problem()
    except (ImportError, AttributeError) as error:
        problem = f"ONNX Runtime cannot be imported ({error})"
    if problem is not None:
        told, _, repair = problem.partition("repair: ")
        command = repair or "pip install 'srgan[cuda]'"
        yield Finding("GPU", "problem", f"{name} is not used: {told.rstrip(' ;') if repair else problem}", command)
        return
    number = 0
    while gpu_name(number) is not None:
        yield _run_on_gpu(number)
        number += 1


def _run_on_gpu(number: int) -> Finding:
    """A model on one GPU, in the precision that is usual there."""
    repair = "pip install --force-reinstall 'srgan[cuda]'"
    try:
        session_of = importlib.import_module("srgan.runtime.onnxruntime_session").OnnxRuntimeSession
        session = session_of(_file(), f"cuda:{number}", "fp16")
        right = np.allclose(session.run(_picture()), 0.25, atol=0.01)
    except (SrganError, RuntimeError) as error:
        return Finding("GPU", "problem", f"{gpu_name(number)} runs no model: {error}", repair)
    if not right:
        return Finding("GPU", "problem", f"{gpu_name(number)} computes wrong numbers", repair)
    return Finding("GPU", "ok", f"runs on {session.device} in {session.precision}")


def _file() -> ModelFile:
    return read_model_file(tiny_model())


def _picture() -> NDArray[np.float32]:
    return np.full((1, 3, 16, 16), 0.5, np.float32)
