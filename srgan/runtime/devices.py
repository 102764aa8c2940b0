"""What this machine can run on, found out quietly.

ONNX Runtime lists CUDA and TensorRT as available on every machine where its GPU build is installed, and trying them
without a GPU prints error lines. So the driver and the libraries are asked first, through ctypes.
"""

import contextlib
import ctypes
import os
import sys
from functools import cache
from pathlib import Path

__all__ = ["cuda_problem", "gpu_name", "tensorrt_version", "thread_limit", "threads_of"]

_REPAIR = "install the CUDA libraries with: pip install 'srgan[cuda]'"


def thread_limit() -> int | None:
    """How many threads ``OMP_NUM_THREADS`` allows; None when it says nothing usable."""
    text = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def threads_of(share: int) -> int | None:
    """Threads for one of `share` workers that have the cores of this process among them; None leaves it to the engine.

    ``OMP_NUM_THREADS`` counts for all of them together.
    """
    limit = thread_limit()
    if share == 1:
        return limit
    return max(1, (limit or _cores()) // share)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tensorrt_version() -> str | None:
    """Version of the TensorRT library that the system finds, as it tells it; None where there is none."""
    library = _load("nvinfer_10.dll" if sys.platform == "win32" else "libnvinfer.so.10")
    return None if library is None else str(library.getInferLibVersion())


@cache
def gpu_name(number: int = 0) -> str | None:
    """Name of the NVIDIA GPU with that number (the first is 0), or None where the driver offers no such one."""
    driver = _load("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    if driver is None:
        return None
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value <= number:
        return None
    device, name = ctypes.c_int(0), ctypes.create_string_buffer(256)
    if driver.cuDeviceGet(ctypes.byref(device), number) != 0 or driver.cuDeviceGetName(name, 256, device) != 0:
        return "NVIDIA GPU"
    return name.value.decode(errors="replace")


@cache
def cuda_problem(number: int = 0, *, tensorrt: bool = False) -> str | None:
    """Why ONNX Runtime cannot use that GPU here, with the repair; None when nothing stands in the way."""
    import onnxruntime

    provider = "TensorrtExecutionProvider" if tensorrt else "CUDAExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        return (
            "the installed onnxruntime has no GPU support; "
            "repair: pip uninstall -y onnxruntime && pip install --force-reinstall onnxruntime-gpu"
        )
    if gpu_name() is None:
        return "no NVIDIA GPU with a working driver was found (check with: nvidia-smi); use --device cpu"
    if gpu_name(number) is None:
        return f"there is no NVIDIA GPU {number} (their numbers begin with 0; see: nvidia-smi --list-gpus)"
    with contextlib.redirect_stdout(None), contextlib.suppress(OSError):
        onnxruntime.preload_dlls()
    folder = Path(onnxruntime.__file__).parent / "capi"
    prefix, suffix = ("", ".dll") if sys.platform == "win32" else ("lib", ".so")
    shared = folder / f"{prefix}onnxruntime_providers_shared{suffix}"
    wanted = folder / f"{prefix}onnxruntime_providers_{'tensorrt' if tensorrt else 'cuda'}{suffix}"
    try:
        ctypes.CDLL(str(shared), mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(wanted))
    except OSError as error:
        repair = "install TensorRT's libraries (pip install tensorrt)" if tensorrt else _REPAIR
        return f"a library is missing ({str(error).partition(chr(10))[0]}); {repair}"
    return None


def _load(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
