"""Graphs in fp16, with the layers in float32 that need it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from srgan.errors import ModelError
from srgan.exporting.execution import Feed, compute, largest_values, name_nodes, rounded
from srgan.exporting.fallback import fewest_kept
from srgan.metrics import psnr
from srgan.runtime.half import to_half

__all__ = ["LARGEST", "Half", "find_half"]

LARGEST = 65504.0
"""The largest number of fp16."""

_MARGIN = 4.0
"""Other pictures may reach this many times the values seen here."""

_HEAVY = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


class Half(NamedTuple):
    """A graph in fp16.

    Attributes:
        model: takes and gives float32.
        kept: names of the nodes in float32.
        emulated: the same arithmetic in a graph that every CPU runs, see `rounded`.
    """

    model: onnx.ModelProto
    kept: list[str]
    emulated: onnx.ModelProto


def find_half(model: onnx.ModelProto, feeds: Sequence[Feed], *, least: float) -> Half:
    """Convert a graph to fp16; layers whose values do not fit, or whose rounding shows, keep float32.

    Whether a layer's values fit is seen from the values that it takes and gives on `feeds`, and not from running it in
    fp16: CPUs compute such graphs in float32 and would never overflow.

    Args:
        model: in float32.
        feeds: examples of inputs.
        least: PSNR to the graph in float32 that must be reached, dB.

    Raises:
        ModelError: so much would have to keep float32 that no layer is left.
    """
    named = onnx.ModelProto.FromString(model.SerializeToString())
    name_nodes(named)
    sizes = largest_values(named, feeds)
    # Written so that NaN counts as too large.
    large = {name for name, value in sizes.items() if not value <= LARGEST / _MARGIN}
    too_large = {node.name for node in named.graph.node if large & {*node.input, *node.output}}
    exact = [results[0] for results in compute(named, feeds)]
    open_ = [node.name for node in named.graph.node if node.name not in too_large and sizes.keys() & set(node.output)]

    def quality(kept: Collection[str]) -> float:
        return _psnr(rounded(named, "fp16", sizes, keep=kept), feeds, exact)

    kept: list[str] | None = []
    if not quality(too_large) >= least:
        everything = {node.name for node in named.graph.node}
        harm = {name: quality(everything - {name}) for name in open_}
        order = sorted(open_, key=lambda name: (np.isfinite(harm[name]), harm[name]))
        kept = fewest_kept(order, lambda some: quality({*too_large, *some}) >= least)
    keep = {*too_large, *(kept or [])}
    heavy = {node.name for node in named.graph.node if node.op_type in _HEAVY}
    if kept is None or (heavy and heavy <= keep):
        raise ModelError(
            f"fp16 would not be within {least:.0f} dB of the network unless every layer keeps float32 "
            f"({len(too_large)} of {len(named.graph.node)} have values beyond {LARGEST / _MARGIN:.0f}); export it with "
            "--precision fp32 or bf16. Nothing was written"
        )
    ordered = [node.name for node in named.graph.node if node.name in keep]
    return Half(to_half(named, sizes, keep), ordered, rounded(named, "fp16", sizes, keep=keep))


def _psnr(model: onnx.ModelProto, feeds: Sequence[Feed], exact: Sequence[NDArray[np.float32]]) -> float:
    """The worst of the feeds; NaN when some value is no finite number."""
    results = [results[0] for results in compute(model, feeds, exact=True)]
    if not all(np.isfinite(result).all() for result in results):
        return float("nan")
    return min(psnr(result, true, peak=1.0) for result, true in zip(results, exact, strict=True))
