"""Buffers on a device, tried on the CPU, where ONNX Runtime has them too."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from srgan.runtime import read_model_file
from srgan.runtime.binding import Bindings
from srgan.runtime.preparing import prepare
from tests.runtime.networks import described

SHAPES = [(20, 30), (20, 30), (30, 20), (20, 30), (30, 20), (30, 20), (20, 30)]


@pytest.fixture(scope="module")
def session() -> Any:  # noqa: ANN401
    prepared = prepare(read_model_file(described(2)), bytes_in=True, bytes_out=True)
    return onnxruntime.InferenceSession(prepared.content, providers=["CPUExecutionProvider"])


def pixels(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, height, width, 3), np.uint8)


def names(session: Any) -> tuple[str, list[str]]:  # noqa: ANN401
    return session.get_inputs()[0].name, [output.name for output in session.get_outputs()]


def test_results_are_those_of_ordinary_runs_and_belong_to_the_caller(session: Any) -> None:  # noqa: ANN401
    name, outputs = names(session)
    bindings = Bindings(session, "cpu")
    kept = []
    for number, shape in enumerate(SHAPES):
        feed = {name: pixels(*shape, number)}
        expected = session.run(outputs, feed)
        kept.append((bindings.run(outputs, feed), expected))
    assert bindings.bound == 2
    for results, expected in kept:
        assert all(np.array_equal(one, other) for one, other in zip(results, expected, strict=True))
        assert all(one.dtype == other.dtype for one, other in zip(results, expected, strict=True))


def test_a_shape_that_comes_once_gets_no_buffers_and_few_shapes_do(session: Any) -> None:  # noqa: ANN401
    name, outputs = names(session)
    bindings = Bindings(session, "cpu")
    for side in range(8, 16):
        bindings.run(outputs, {name: pixels(side, 8)})
    assert bindings.bound == 0
    for side in range(8, 16):
        bindings.run(outputs, {name: pixels(side, 8)})
    assert bindings.bound == 4


class Recorder:
    """A session whose bound runs go wrong: they give old numbers, or fail."""

    def __init__(self, session: Any, *, fails: bool) -> None:  # noqa: ANN401
        self._session, self._fails = session, fails
        self.bound_runs = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._session, name)

    def run_with_iobinding(self, binding: Any, options: Any) -> None:  # noqa: ANN401
        self.bound_runs += 1
        if self._fails:
            raise RuntimeError("no graph can be recorded")


@pytest.mark.parametrize("fails", [True, False])
def test_buffers_that_give_something_else_are_never_used(session: Any, fails: bool) -> None:  # noqa: ANN401
    name, outputs = names(session)
    recorder = Recorder(session, fails=fails)
    bindings = Bindings(recorder, "cpu")
    for number in range(4):
        feed = {name: pixels(16, 16, number)}
        results = bindings.run(outputs, feed)
        assert np.array_equal(results[0], session.run(outputs, feed)[0])
    assert bindings.bound == 0
    assert recorder.bound_runs == (1 if fails else 2)


def test_recorded_graphs_have_numbers_of_their_own_and_ordinary_runs_none(
    session: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    class Options:
        def add_run_config_entry(self, key: str, value: str) -> None:
            assert key == "gpu_graph_id"
            said.append(value)

    class Plain(Recorder):
        def run(self, outputs: list[str], feed: Any, options: Any) -> Any:  # noqa: ANN401
            return self._session.run(outputs, feed)

        def run_with_iobinding(self, binding: Any, options: Any) -> None:  # noqa: ANN401
            self._session.run_with_iobinding(binding)

    name, outputs = names(session)
    monkeypatch.setattr(onnxruntime, "RunOptions", Options)
    bindings = Bindings(Plain(session, fails=False), "cpu", graphs=True)
    for side in (16, 16, 16, 24, 24):
        bindings.run(outputs, {name: pixels(side, 16)})
    assert said == ["-1", "-1", "1", "-1", "-1", "2"]
