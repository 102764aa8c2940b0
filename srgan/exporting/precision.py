"""A graph in float32 as one of lower precision, compared with it in the sessions that will serve it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.exporting.calibration import Calibration, drawn_calibration, read_calibration
from srgan.exporting.examples import example_feeds
from srgan.exporting.execution import Feed, compute, largest_values, name_nodes, rounded
from srgan.exporting.half import find_half
from srgan.exporting.labelling import stamp
from srgan.exporting.quantising import find_quantised
from srgan.exporting.target import StoredPrecision, Target
from srgan.metrics import psnr
from srgan.runtime import ModelMetadata, Precision, open_engine, open_session, read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession

__all__ = ["LEAST_INT8", "Lowered", "lower"]

LEAST_INT8 = 25.0
"""PSNR to float32 below which an int8 file is broken, whatever the shape, dB; the gate is its loss on real pictures."""

_SEARCHED = ("1x3x7x5", "1x3x37x53", "1x3x64x64")
_SPARE = 1.0
"""What is searched on some shapes shall suffice on all of them, dB."""

_MOST = 100.0
"""PSNR is given up to here: results that are equal have none."""

_Runs = Mapping[str, Callable[[Feed], NDArray[np.float32]]]
"""What runs a graph, by the name of its backend."""


class Lowered(NamedTuple):
    """A graph of lower precision that passed the gate.

    Attributes:
        model: takes and gives float32.
        metadata: of it, with what was measured.
    """

    model: onnx.ModelProto
    metadata: ModelMetadata


def lower(
    model: onnx.ModelProto,
    metadata: ModelMetadata,
    precision: StoredPrecision,
    target: Target,
    calibration: Path | None = None,
) -> Lowered:
    """Make a file of lower precision of one in float32, or refuse.

    Args:
        model: in float32, compared with its network.
        metadata: of it.
        precision: fp16, bf16 or int8.
        target: whose tolerances count.
        calibration: folder of real pictures, which int8 cannot do without.

    Raises:
        UsageError: int8 of a model that makes pictures of pictures, without any of these.
        ModelError: the result would be outside the tolerance.
    """
    pictures = _pictures(model, metadata, precision, calibration)
    feeds = example_feeds(model, metadata)
    exact = {name: results[0] for name, results in zip(feeds, compute(model, list(feeds.values())), strict=True)}
    found: dict[str, Any] = {}
    emulated = None
    least = LEAST_INT8
    if precision == "fp16":
        least = target.tolerance.fp16
        searched = [feed for name, feed in feeds.items() if name in _SEARCHED or "x" not in name]
        half = find_half(model, [*searched, *(pictures.ranges[:6] if pictures else [])], least=least + _SPARE)
        lowered, emulated, found = half.model, half.emulated, {"kept_fp32": half.kept}
    elif precision == "bf16":
        least = target.tolerance.bf16
        lowered, emulated = model, _brain(model, list(feeds.values()))
    else:
        assert pictures is not None
        quantised = find_quantised(model, pictures, activations=target.activations, allowed=target.tolerance.int8)
        lowered, found = quantised.model, {"kept_fp32": quantised.kept, "task_psnr": quantised.measured}
    changed = metadata.model_copy(update={"precision": precision})
    lowered = onnx.ModelProto.FromString(lowered.SerializeToString())
    stamp(lowered, changed)
    runs = _sessions(lowered.SerializeToString(), precision, pictured="input" in feeds[next(iter(feeds))])
    # No CPU overflows in fp16; and not every CPU has bfloat16.
    if emulated is not None and (precision == "fp16" or not runs):
        runs = {**runs, "rounded": lambda feed: compute(emulated, [feed], exact=True)[0][0]}
    parity = {"precision": precision, "least_psnr": least, **_compare(runs, feeds, exact, least), **found}
    changed = changed.model_copy(update={"parity": {**parity, "fp32": dict(metadata.parity)}})
    stamp(lowered, changed)
    return Lowered(lowered, changed)


def _pictures(
    model: onnx.ModelProto, metadata: ModelMetadata, precision: StoredPrecision, folder: Path | None
) -> Calibration | None:
    if not any(entry.name == "input" for entry in model.graph.input):
        return drawn_calibration(metadata) if precision == "int8" else None
    if precision == "int8" and folder is None:
        raise UsageError("int8 is calibrated on real pictures: add --calibration FOLDER")
    return None if folder is None else read_calibration(folder, metadata)


def _brain(model: onnx.ModelProto, feeds: Sequence[Feed]) -> onnx.ModelProto:
    """The graph as a CPU with bfloat16 computes it."""
    named = onnx.ModelProto.FromString(model.SerializeToString())
    name_nodes(named)
    return rounded(named, "bf16", largest_values(named, feeds))


def _sessions(content: bytes, precision: StoredPrecision, *, pictured: bool) -> _Runs:
    """The sessions that serve the file on a CPU."""
    if not pictured:
        if precision == "bf16":
            return {}  # what serves such models on a CPU computes in float32
        engine = open_engine(content, "cpu")
        return {engine.backend: engine.compute}
    file = read_model_file(content)
    asked: Precision = "bf16" if precision == "bf16" else "fp32"
    runs = {}
    try:
        session = open_session(file, "cpu", asked)
        if session.backend != "onnxruntime":
            runs[session.backend] = lambda feed: session.run(feed["input"], feed.get("noise"))
    except UsageError:
        pass  # this CPU has no bfloat16: the emulation stands for it
    if precision != "bf16":
        other = OnnxRuntimeSession(file, "cpu", "auto")
        runs[other.backend] = lambda feed: other.run(feed["input"], feed.get("noise"))
    return runs


def _compare(
    runs: _Runs, feeds: Mapping[str, Feed], exact: Mapping[str, NDArray[np.float32]], least: float
) -> dict[str, dict[str, dict[str, float]]]:
    """Largest error and PSNR by backend and shape.

    Raises:
        ModelError: below `least`, or not finite.
    """
    errors: dict[str, dict[str, float]] = {backend: {} for backend in runs}
    quality: dict[str, dict[str, float]] = {backend: {} for backend in runs}
    for backend, run in runs.items():
        for name, feed in feeds.items():
            result = run(feed)
            true = exact[name]
            reached = psnr(result, true, peak=1.0) if result.shape == true.shape else float("nan")
            # Written so that NaN fails too.
            if not reached >= least:
                raise ModelError(
                    f"the file is {reached:.1f} dB from the network (needed: {least:.0f} dB) in {backend} at {name}; "
                    "nothing was written. Export it with --precision fp32"
                )
            errors[backend][name] = float(np.abs(result - true).max())
            quality[backend][name] = round(min(reached, _MOST), 2)
    return {"max_error": errors, "psnr": quality}
