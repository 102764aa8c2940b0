"""The graph that a session runs gives the bytes that numpy would make of the floats of the graph as it was."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper

from srgan.errors import PictureError
from srgan.runtime import ModelFile, Session, load_model, open_session, read_file, read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
from srgan.runtime.pixels import to_levels, to_planes
from srgan.runtime.preparing import prepare, rewrite
from srgan.runtime.session import NonFiniteError
from tests.runtime import translators
from tests.runtime.graphs import Node, graph_of, operators, run_graph, weights
from tests.runtime.networks import described, network

BYTE = np.dtype(np.uint8)
_FOLDER = Path(__file__).parents[2] / "srgan/zoo/models"
PACKAGED = sorted(path for path in _FOLDER.glob("*.onnx") if isinstance(read_file(path), ModelFile))
SIZES = [(1, 1), (37, 53), (64, 64), (5, 128)]


def pixels(height: int, width: int, batch: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(height).integers(0, 256, (batch, height, width, 3), np.uint8)


def sessions(content: bytes) -> list[Session]:
    file = read_model_file(content)
    return [open_session(file, "cpu", "fp32"), open_session(file, "cpu"), OnnxRuntimeSession(file, "cpu")]


def same(session: Session, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> bool:
    expected = to_levels(session.run(to_planes(batch), noise), BYTE)
    result = session.run_pixels(batch, noise)
    assert result.dtype == np.uint8
    assert result.shape == expected.shape
    return bool((result == expected).all())


@pytest.mark.parametrize("options", [{"scale": 4}, {"scale": 3, "kernel": 9}, {"scale": 2, "unshuffle": 4}], ids=str)
def test_bytes_made_inside_the_graph_are_those_made_outside(options: dict[str, Any]) -> None:
    for session in sessions(described(**options)):
        for height, width in SIZES:
            step = options.get("unshuffle", 1)
            assert same(session, pixels(-(-height // step) * step, -(-width // step) * step, 2))


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_so_they_are_for_packaged_models(path: Path) -> None:
    for session in sessions(path.read_bytes()):
        assert same(session, pixels(64, 128))


def test_so_they_are_with_noise() -> None:
    for session in sessions(translators.described(latent=4)):
        assert same(session, pixels(9, 7, 2), np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32))


def test_so_they_are_for_levels_out_of_range_and_between_two() -> None:
    """Every half level from far below black to far above white: halves go to the even neighbour."""
    ramp = np.asarray(np.arange(-40, 560) / 2 / 255, np.float32).reshape(1, 1, 1, -1)
    ramp = np.concatenate([ramp, np.zeros((1, 1, 1, 40), np.float32)], axis=3)
    planes = np.asarray(np.repeat(ramp, 3, axis=1), np.float32)
    nodes: list[Node] = [("Mul", ["input", "nothing"], "zeros", {}), ("Add", ["zeros", "ramp"], "output", {})]
    content = graph_of(nodes, {"nothing": np.zeros(1, np.float32), "ramp": planes}).SerializeToString()
    expected = to_levels(planes, BYTE)
    assert {0, 1, 127, 128, 255} <= set(expected.flat)
    for session in sessions(content):
        assert (session.run_pixels(pixels(1, 640)) == expected).all()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_value_that_is_no_number_is_told(value: float) -> None:
    # 0/0, 1/0 and -1/0 at white, which is where the picture has 255.
    top = {np.inf: 1.0, -np.inf: -1.0}.get(value, 0.0)
    nodes: list[Node] = [("Sub", ["white", "input"], "below", {}), ("Div", ["top", "below"], "output", {})]
    tensors = {"white": np.ones(1, np.float32), "top": np.full(1, top, np.float32)}
    content = graph_of(nodes, tensors).SerializeToString()
    grey = np.full((1, 8, 8, 3), 100, np.uint8)
    spoilt = grey.copy()
    spoilt[0, 3, 4, 1] = 255
    for session in sessions(content):
        session.run_pixels(grey)
        with pytest.raises(NonFiniteError):
            session.run_pixels(spoilt)
    with pytest.raises(PictureError, match="finite"):
        load_model(content, device="cpu").upscale(spoilt[0])


def test_a_graph_too_old_to_round_gives_the_same_bytes() -> None:
    nodes: list[Node] = [("Conv", ["input", "w"], "x", {"pads": [1] * 4}), ("Relu", ["x"], "output", {})]
    model = graph_of(nodes, {"w": weights(3, 3, 3, 3)}, opset=9)
    content = model.SerializeToString()
    assert prepare(read_model_file(content), bytes_in=True, bytes_out=True).total is None
    for session in sessions(content):
        assert same(session, pixels(20, 30))


def test_the_tail_of_srresnet_is_rewritten_and_stays_equal() -> None:
    tensors = {
        "w0": weights(16, 3, 9, 9),
        "w1": weights(16, 16, 3, 3, seed=1),
        "w2": weights(64, 16, 3, 3, seed=2),
        "w3": weights(64, 16, 3, 3, seed=3),
        "w4": weights(3, 16, 9, 9, seed=4),
        "slope": np.full((1, 1, 1), 0.2, np.float32),
        **{name: np.linspace(0.5, 1.5, 16, dtype=np.float32) for name in ("g", "b", "m", "v")},
    }
    nodes: list[Node] = [
        ("Conv", ["input", "w0"], "head", {"pads": [4] * 4}),
        ("Conv", ["head", "w1"], "x", {"pads": [1] * 4}),
        ("BatchNormalization", ["x", "g", "b", "m", "v"], "normed", {}),
        ("Add", ["head", "normed"], "body", {}),
        ("Conv", ["body", "w2"], "u1", {"pads": [1] * 4}),
        ("DepthToSpace", ["u1"], "d1", {"blocksize": 2, "mode": "CRD"}),
        ("PRelu", ["d1", "slope"], "p1", {}),
        ("Conv", ["p1", "w3"], "u2", {"pads": [1] * 4}),
        ("DepthToSpace", ["u2"], "d2", {"blocksize": 2, "mode": "CRD"}),
        ("PRelu", ["d2", "slope"], "p2", {}),
        ("Conv", ["p2", "w4"], "output", {"pads": [4] * 4}),
    ]
    model = graph_of(nodes, tensors)
    faster = onnx.ModelProto.FromString(model.SerializeToString())
    assert rewrite(faster) == {"batch_norm": 1, "branches": 0, "tail": 1}
    assert operators(faster).count("DepthToSpace") == 2
    picture = to_planes(pixels(13, 10))
    np.testing.assert_allclose(run_graph(faster, picture), run_graph(model, picture), atol=1e-5)
    plain = run_graph(model, picture)
    for session in sessions(model.SerializeToString())[::2]:
        np.testing.assert_allclose(session.run(picture), plain, atol=1e-4)


def test_a_graph_with_graphs_inside_is_left_alone() -> None:
    model = onnx.load_model_from_string(network(2))
    inner = helper.make_graph([], "inner", [], [helper.make_tensor_value_info("detail", 1, None)])
    model.graph.node.insert(
        len(model.graph.node) - 1,
        helper.make_node("If", ["flag"], ["chosen"], then_branch=inner, else_branch=inner),
    )
    before = model.SerializeToString()
    assert not any(rewrite(model).values())
    assert model.SerializeToString() == before


def test_names_that_the_graph_has_already_stay_apart() -> None:
    nodes: list[Node] = [
        ("Conv", ["input", "pixels.white"], "pixels", {"pads": [1] * 4}),
        ("Relu", ["pixels"], "levels.total", {}),
        ("Relu", ["levels.total"], "output", {}),
    ]
    for session in sessions(graph_of(nodes, {"pixels.white": weights(3, 3, 3, 3)}).SerializeToString()):
        assert same(session, pixels(9, 12))


def test_operators_of_somebody_else_are_left_alone() -> None:
    model = onnx.load_model_from_string(network(2))
    model.graph.node[0].domain = "com.example"
    before = model.SerializeToString()
    assert not any(rewrite(model).values())
    assert model.SerializeToString() == before
