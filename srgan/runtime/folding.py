"""What a network computes with fixed numbers alone, computed once: batch normalisation, parallel linear branches.

Batch normalisation behind a convolution scales its kernels (Ioffe and Szegedy 2015, section 3.1); a sum of convolutions
of one value is one convolution (RepVGG, Ding et al. 2021, "structural re-parameterisation"). Exact up to rounding.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from srgan.runtime.graph import Graph, attribute

__all__ = ["fold_batch_norm", "merge_branches"]


def fold_batch_norm(graph: Graph) -> int:
    """Fold every batch normalisation that follows a convolution (transposed or not) into its kernel.

    Returns:
        How many were folded.
    """
    return sum(_fold(graph, node) for node in graph.nodes if node.op_type == "BatchNormalization")


def merge_branches(graph: Graph) -> int:
    """Collapse every sum of plain convolutions (`Graph.plain_kernel`) of one value into one; longer sums two at a time.

    The value itself stays beside them: runtimes add it for nothing, and as a 1 in the kernel it would cost the small
    weights around it their last bits in bfloat16.

    Returns:
        How many sums were collapsed.
    """
    return sum(_merge(graph, node) for node in graph.nodes if node.op_type == "Add")


def _fold(graph: Graph, node: onnx.NodeProto) -> bool:
    before = graph.producer(node.input[0])
    affine = _affine(graph, node)
    if before is None or affine is None or graph.only_consumer(node.input[0]) is None:
        return False
    transposed = before.op_type == "ConvTranspose" and attribute(before, "group", 1) == 1
    kernel = graph.constant(before.input[1]) if before.op_type == "Conv" or transposed else None
    bias = None if kernel is None else graph.bias(before)
    if kernel is None or bias is None:
        return False
    factor, shift = affine
    shape = [-1 if axis == int(transposed) else 1 for axis in range(kernel.ndim)]
    folded = onnx.NodeProto.FromString(before.SerializeToString())
    folded.output[0] = node.output[0]
    folded.input[:] = [
        before.input[0],
        graph.store(f"{node.output[0]}.kernel", (kernel * factor.reshape(shape)).astype(kernel.dtype)),
        graph.store(f"{node.output[0]}.bias", (bias * factor + shift).astype(kernel.dtype)),
    ]
    graph.replace([before, node], [folded])
    return True


def _merge(graph: Graph, node: onnx.NodeProto) -> bool:
    branches = [graph.producer(name) for name in node.input if graph.only_consumer(name) is not None]
    convolutions = [one for one in branches if one is not None and graph.plain_kernel(one) is not None]
    if len(convolutions) != 2 or convolutions[0].input[0] != convolutions[1].input[0]:
        return False
    kernels = [graph.plain_kernel(one) for one in convolutions]
    biases = [graph.bias(one) for one in convolutions]
    first, second = (np.asarray(kernel) for kernel in kernels)
    if first.shape[:2] != second.shape[:2] or any(bias is None for bias in biases):
        return False
    side = max(first.shape[2], second.shape[2])
    total = sum(_widened(np.asarray(kernel, np.float64), side) for kernel in (first, second))
    stored = [
        graph.store(f"{node.output[0]}.kernel", np.asarray(total, first.dtype)),
        graph.store(f"{node.output[0]}.bias", np.sum(np.asarray(biases, np.float64), axis=0).astype(first.dtype)),
    ]
    merged = helper.make_node("Conv", [convolutions[0].input[0], *stored], [node.output[0]], pads=[side // 2] * 4)
    graph.replace([*convolutions, node], [merged])
    return True


def _widened(kernel: NDArray[Any], side: int) -> NDArray[Any]:
    margin = (side - kernel.shape[2]) // 2
    return np.pad(kernel, [(0, 0), (0, 0), (margin, margin), (margin, margin)])


def _affine(graph: Graph, node: onnx.NodeProto) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Factor and shift a channel of a batch normalisation, in float64; None when it measures its batch."""
    if attribute(node, "training_mode", 0) or len(node.output) > 1:
        return None
    values = [graph.constant(name) for name in node.input[1:5]]
    if any(value is None for value in values):
        return None
    scale, shift, mean, variance = (np.asarray(value, np.float64) for value in values)
    factor = scale / np.sqrt(variance + attribute(node, "epsilon", 1e-5))
    return factor, shift - mean * factor
