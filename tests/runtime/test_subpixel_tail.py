from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from srgan.runtime.graph import Graph
from srgan.runtime.subpixel_tail import convolve_before_shuffle, shuffled_kernel
from tests.runtime.graphs import Node, graph_of, operators, run_graph, weights

CHANNELS = 8
SHAPES = [(1, 1), (2, 3), (7, 5), (16, 11)]


def tail(
    kernel: int,
    factor: int,
    *,
    outputs: int = 3,
    activation: str | None = "PRelu",
    mode: str = "CRD",
    slopes: int = 1,
    bias: bool = True,
    pads: int | None = None,
) -> onnx.ModelProto:
    """Convolution, shuffle, activation, convolution."""
    border = kernel // 2 if pads is None else pads
    tensors = {
        "w0": weights(CHANNELS * factor**2, 3, 3, 3),
        "w1": weights(outputs, CHANNELS, kernel, kernel, seed=1),
        "slope": np.linspace(-0.5, 0.8, slopes, dtype=np.float32).reshape(-1, 1, 1),
    }
    if bias:
        tensors["b1"] = weights(outputs, seed=2)
    nodes: list[Node] = [
        ("Conv", ["input", "w0"], "wide", {"pads": [1] * 4}),
        ("DepthToSpace", ["wide"], "shuffled", {"blocksize": factor, "mode": mode}),
    ]
    if activation is not None:
        nodes.append((activation, ["shuffled", *(["slope"] if activation == "PRelu" else [])], "active", {}))
    last = "active" if activation else "shuffled"
    nodes.append(("Conv", [last, "w1", *(["b1"] if bias else [])], "output", {"pads": [border] * 4}))
    if activation != "PRelu":
        del tensors["slope"]
    return graph_of(nodes, tensors)


def rewritten(model: onnx.ModelProto) -> tuple[int, onnx.ModelProto]:
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    graph = Graph(copy)
    count = convolve_before_shuffle(graph)
    graph.finish()
    onnx.checker.check_model(copy, full_check=True)
    return count, copy


def picture(height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(height).random((2, 3, height, width), np.float32)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel": 9, "factor": 2},
        {"kernel": 9, "factor": 2, "slopes": CHANNELS},
        {"kernel": 9, "factor": 2, "slopes": CHANNELS, "mode": "DCR"},
        {"kernel": 9, "factor": 2, "activation": "Relu", "mode": "DCR"},
        {"kernel": 9, "factor": 2, "activation": "LeakyRelu", "bias": False},
        {"kernel": 9, "factor": 2, "activation": None, "outputs": 1},
        {"kernel": 9, "factor": 3},
        {"kernel": 9, "factor": 4},
        {"kernel": 7, "factor": 2},
        {"kernel": 5, "factor": 2},
        {"kernel": 3, "factor": 2},
    ],
    ids=str,
)
def test_the_numbers_stay_the_same(options: dict[str, Any]) -> None:
    model = tail(**options)
    count, faster = rewritten(model)
    assert count == 1
    assert operators(faster)[-2:] == ["Conv", "DepthToSpace"]
    for shape in SHAPES:
        np.testing.assert_allclose(run_graph(faster, picture(*shape)), run_graph(model, picture(*shape)), atol=1e-5)


def test_srresnets_tail_needs_5x5() -> None:
    kernel = shuffled_kernel(weights(3, 64, 9, 9), 2)
    assert kernel.shape == (12, 256, 5, 5)
    assert (kernel != 0).sum() == 4 * 3 * 64 * 81, "each sub-pixel has its own copy of the kernel, and nothing else"


@pytest.mark.parametrize(
    "options",
    [
        {"kernel": 9, "factor": 2, "outputs": 64},  # no lane is idle, so it would cost more
        {"kernel": 3, "factor": 4},
        {"kernel": 9, "factor": 2, "pads": 0},  # another border
        {"kernel": 9, "factor": 2, "activation": "Sigmoid"},  # which is not 0 at 0: the border would change
    ],
    ids=str,
)
def test_what_would_cost_more_or_change_the_numbers_is_left_alone(options: dict[str, Any]) -> None:
    model = tail(**options)
    count, same = rewritten(model)
    assert count == 0
    assert same == model


def test_a_shuffle_whose_result_is_needed_elsewhere_stays() -> None:
    tensors = {"w0": weights(12, 3, 1, 1), "w1": weights(3, 3, 9, 9, seed=1)}
    nodes: list[Node] = [
        ("Conv", ["input", "w0"], "wide", {}),
        ("DepthToSpace", ["wide"], "shuffled", {"blocksize": 2, "mode": "CRD"}),
        ("Conv", ["shuffled", "w1"], "detail", {"pads": [4] * 4}),
        ("Add", ["detail", "shuffled"], "output", {}),
    ]
    assert rewritten(graph_of(nodes, tensors))[0] == 0
