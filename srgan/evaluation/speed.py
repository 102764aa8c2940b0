"""How fast a model is, and how much memory it takes, in a process of its own."""

import multiprocessing
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.runtime import Device, Precision

__all__ = ["SPEED_PROTOCOL", "measure_speed"]

SPEED_PROTOCOL = (
    "megapixels of results a second, pictures one after the other in memory after one to warm up, and the peak of the "
    "resident memory, both in a process of its own"
)
"""What the figures of `measure_speed` are, in words."""

Pixels = NDArray[np.uint8]

_MOST = 16


def measure_speed(
    model: str, pictures: list[Pixels], *, scale: int, device: Device = "auto", precision: Precision = "auto"
) -> dict[str, float]:
    """Enlarge pictures in a fresh process, so that what was loaded for other models or metrics is not counted.

    Args:
        model: name or path; ``bicubic`` and ``lanczos`` too.
        pictures: small ones, at least one; of more than 16 these many are taken, evenly spread.
        scale: of the enlargement.
        device: where to compute.
        precision: in which.

    Returns:
        ``megapixels_per_second``, ``peak_rss_mib`` (where the system tells it) and ``cores`` that the process may use.

    Raises:
        SrganError: the model cannot be loaded.
        UsageError: the process was killed, for instance because memory ran out.
    """
    every = -(-len(pictures) // _MOST)
    # A child by fork would begin with the memory of this process, and with threads that do not exist in it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(_work, model, pictures[::every], scale, device, precision).result()
        except BrokenProcessPool:
            raise UsageError(f"the process that measured the speed of {model} was killed: is there memory?") from None


def _work(model: str, pictures: list[Pixels], scale: int, device: Device, precision: Precision) -> dict[str, float]:
    from srgan import zoo
    from srgan.evaluation.contenders import lanczos, running_model

    contender = (
        lanczos()
        if model.lower() == "lanczos"
        else running_model(zoo.load(model, device=device, precision=precision, command="upscale"))
    )
    sizes = [(picture.shape[0] * scale, picture.shape[1] * scale) for picture in pictures]
    contender.make("", pictures[0], sizes[0])
    begin = time.perf_counter()
    for picture, size in zip(pictures, sizes, strict=True):
        contender.make("", picture, size)
    seconds = time.perf_counter() - begin
    found = {"megapixels_per_second": sum(height * width for height, width in sizes) / 1e6 / seconds}
    peak = _peak_mib()
    if peak is not None:
        found["peak_rss_mib"] = peak
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {**found, "cores": float(cores or 1)}


def _peak_mib() -> float | None:
    """The largest resident memory of this process; None where the system does not tell it."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says there begins with the memory of the process that started this one.
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        return None if found is None else int(found[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows has no such module
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
