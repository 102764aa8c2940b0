import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from srgan.runtime.folding import fold_batch_norm, merge_branches
from srgan.runtime.graph import Graph
from tests.runtime.graphs import Node, graph_of, operators, run_graph, weights

PICTURE = np.random.default_rng(5).random((2, 3, 9, 7), np.float32)


def norm(channels: int) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(3)
    values = [rng.uniform(low, high, channels) for low, high in ((0.5, 2.0), (-1.0, 1.0), (-1.0, 1.0), (0.2, 3.0))]
    return {name: value.astype(np.float32) for name, value in zip(("g", "b", "m", "v"), values, strict=True)}


def folded(model: onnx.ModelProto) -> tuple[int, int, onnx.ModelProto]:
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    graph = Graph(copy)
    counts = fold_batch_norm(graph), merge_branches(graph)
    graph.finish()
    onnx.checker.check_model(copy, full_check=True)
    return *counts, copy


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
def test_batch_norm_goes_into_the_convolution_before(bias: bool, groups: int) -> None:
    tensors = {"w0": weights(4, 3, 3, 3), "w": weights(6, 4 // groups, 3, 3, seed=1), **norm(6)}
    tensors["c"] = weights(6, seed=2)
    nodes: list[Node] = [
        ("Conv", ["input", "w0"], "x", {}),
        ("Conv", ["x", "w", *(["c"] if bias else [])], "y", {"group": groups, "strides": [2, 1], "pads": [1, 0, 1, 0]}),
        ("BatchNormalization", ["y", "g", "b", "m", "v"], "output", {"epsilon": 1e-3}),
    ]
    model = graph_of(nodes, tensors if bias else {k: v for k, v in tensors.items() if k != "c"})
    count, _, faster = folded(model)
    assert count == 1
    assert operators(faster) == ["Conv", "Conv"]
    assert {tensor.name for tensor in faster.graph.initializer} == {"w0", "output.kernel", "output.bias"}
    np.testing.assert_allclose(run_graph(faster, PICTURE), run_graph(model, PICTURE), atol=1e-5)


def test_batch_norm_goes_into_a_transposed_convolution() -> None:
    nodes: list[Node] = [
        ("ConvTranspose", ["input", "w"], "y", {"strides": [2, 2]}),
        ("BatchNormalization", ["y", "g", "b", "m", "v"], "z", {}),
        ("Relu", ["z"], "output", {}),
    ]
    model = graph_of(nodes, {"w": weights(3, 5, 4, 4), **norm(5)})
    count, _, faster = folded(model)
    assert count == 1
    assert operators(faster) == ["ConvTranspose", "Relu"]
    np.testing.assert_allclose(run_graph(faster, PICTURE), run_graph(model, PICTURE), atol=1e-5)


def test_batch_norm_of_a_value_that_is_needed_elsewhere_stays() -> None:
    nodes: list[Node] = [
        ("Conv", ["input", "w"], "y", {}),
        ("BatchNormalization", ["y", "g", "b", "m", "v"], "z", {}),
        ("Add", ["y", "z"], "output", {}),
    ]
    model = graph_of(nodes, {"w": weights(4, 3, 1, 1), **norm(4)})
    assert folded(model) == (0, 0, model)


def test_branches_of_a_block_become_one_convolution() -> None:
    """RepVGG's block as it is trained: 3x3, 1x1 and nothing, each with its batch normalisation."""
    tensors = {"w0": weights(6, 3, 1, 1), "a": weights(6, 6, 3, 3, seed=1), "c": weights(6, 6, 1, 1, seed=2)}
    other = {f"{name}2": value for name, value in norm(6).items()}
    nodes: list[Node] = [
        ("Conv", ["input", "w0"], "x", {}),
        ("Conv", ["x", "a"], "a1", {"pads": [1] * 4}),
        ("BatchNormalization", ["a1", "g", "b", "m", "v"], "a2", {}),
        ("Conv", ["x", "c"], "c1", {}),
        ("BatchNormalization", ["c1", "g2", "b2", "m2", "v2"], "c2", {}),
        ("Add", ["a2", "c2"], "sum", {}),
        ("Add", ["sum", "x"], "all", {}),
        ("Relu", ["all"], "output", {}),
    ]
    model = graph_of(nodes, {**tensors, **norm(6), **other})
    norms, sums, faster = folded(model)
    assert (norms, sums) == (2, 1)
    assert operators(faster) == ["Conv", "Conv", "Add", "Relu"]
    np.testing.assert_allclose(run_graph(faster, PICTURE), run_graph(model, PICTURE), atol=1e-5)


@pytest.mark.parametrize("change", ["another input", "a stride", "used twice"])
def test_other_sums_stay(change: str) -> None:
    stride = {"strides": [2, 2]} if change == "a stride" else {}
    nodes: list[Node] = [
        ("Conv", ["input", "a"], "x", {"pads": [1] * 4, **stride}),
        ("Conv", ["x" if change == "another input" else "input", "c"], "y", stride),
        ("Add", ["x", "y"], "sum" if change == "used twice" else "output", {}),
    ]
    if change == "used twice":
        nodes.append(("Add", ["sum", "y"], "output", {}))
    model = graph_of(nodes, {"a": weights(3, 3, 3, 3), "c": weights(3, 3, 1, 1, seed=1)})
    assert folded(model) == (0, 0, model)
