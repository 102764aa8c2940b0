"""fp16 that overflows: never a black picture.

ONNX Runtime's CPU provider computes fp16 graphs in float32, so values overflow there only with the weights
that make them.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from srgan.errors import ModelError, UsageError
from srgan.runtime import ModelFile, Session, load_model, opening, read_model_file
from srgan.runtime.checked_session import CheckedSession
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
from srgan.runtime.session import NonFiniteError
from tests.runtime.networks import described
from tests.runtime.test_preparing import PACKAGED


def large(factor: float) -> bytes:
    """A network with the results of `described(2, 4)`, with values in the middle `factor` times as large."""
    model = onnx.load_model_from_string(described(2, 4))
    for tensor in model.graph.initializer:
        change = {"w1": factor, "w2": 1 / factor}.get(tensor.name, 1.0)
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(change), tensor.name))
    return bytes(model.SerializeToString())


def opened(file: ModelFile) -> CheckedSession:
    half, exact = (partial(OnnxRuntimeSession, file, "cpu", one) for one in ("fp16", "fp32"))
    return CheckedSession([half, exact], exact)


def pixels(seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, 40, 40, 3), np.uint8)


def planes(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((1, 3, 40, 40), np.float32)


def test_a_harmless_network_stays_in_fp16() -> None:
    file = read_model_file(described(2, 4))
    session, exact = opened(file), OnnxRuntimeSession(file, "cpu", "fp32")
    for seed in range(2):
        error = np.abs(session.run_pixels(pixels(seed)).astype(int) - exact.run_pixels(pixels(seed))).max()
        assert error <= 1
    assert 0 < np.abs(session.run(planes()) - exact.run(planes())).max() < 0.01, "that is no fp16"
    assert (session.precision, session.notes) == ("fp16", ())


@pytest.mark.parametrize("floats", [False, True])
def test_a_network_that_overflows_is_computed_in_fp32_and_that_is_said(floats: bool) -> None:
    file = read_model_file(large(1e7))
    half = OnnxRuntimeSession(file, "cpu", "fp16")
    with pytest.raises(NonFiniteError):
        half.run_pixels(pixels())
    session, exact = opened(file), OnnxRuntimeSession(file, "cpu", "fp32")
    assert session.precision == "fp16"
    for seed in range(3):
        if floats:
            np.testing.assert_array_equal(session.run(planes(seed)), exact.run(planes(seed)))
        else:
            np.testing.assert_array_equal(session.run_pixels(pixels(seed)), exact.run_pixels(pixels(seed)))
    assert session.precision == "fp32"
    assert session.notes == ("fp16 gave values that are not finite: computing in fp32 instead",)


def test_fifty_pictures_of_networks_that_overflow_more_or_less_are_never_black() -> None:
    """Also where only some numbers are too large."""
    given_up = 0
    for seed, factor in enumerate(np.geomspace(1e4, 1e7, 50)):
        file = read_model_file(large(factor))
        session, exact = opened(file), OnnxRuntimeSession(file, "cpu", "fp32")
        error = np.abs(session.run_pixels(pixels(seed)).astype(int) - exact.run_pixels(pixels(seed))).max()
        assert error <= 2, factor
        given_up += session.precision == "fp32"
    assert 5 < given_up < 45


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_packaged_models_compute_in_fp16(path: Path) -> None:
    file = read_model_file(path)
    session, exact = opened(file), OnnxRuntimeSession(file, "cpu", "fp32")
    batch = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    error = np.square(session.run_pixels(batch).astype(float) - exact.run_pixels(batch)).mean()
    assert session.precision == "fp16"
    assert 10 * np.log10(255**2 / error) > 60


class Fake:
    """Gives what it is told to give."""

    backend, device, notes = "fake", "nowhere", ()

    def __init__(self, precision: str, make: Callable[[Any], Any] = lambda batch: batch) -> None:
        self.precision, self._make = precision, make
        self.runs = 0

    def run(self, batch: Any, noise: Any = None) -> Any:  # noqa: ANN401
        self.runs += 1
        return self._make(batch)

    run_pixels = run


def checked(*sessions: Session, reference: Session | None = None) -> CheckedSession:
    return CheckedSession([partial(lambda one: one, one) for one in sessions], lambda: reference or Fake("fp32"))


def test_what_is_far_from_fp32_is_not_used_and_bf16_comes_first() -> None:
    wrong, narrow, exact = Fake("fp16", lambda batch: batch // 2), Fake("bf16"), Fake("fp32")
    session = checked(wrong, narrow, exact)
    np.testing.assert_array_equal(session.run_pixels(pixels()), pixels())
    assert (session.precision, exact.runs) == ("bf16", 0)
    assert session.notes == ("fp16 was 11 dB from fp32 on a tile (needed 45): computing in bf16 instead",)


def test_the_first_tile_is_compared_and_later_ones_are_not() -> None:
    reference, half = Fake("fp32"), Fake("fp16")
    session = checked(half, Fake("fp32"), reference=reference)
    for seed in range(5):
        session.run_pixels(pixels(seed))
    assert (reference.runs, half.runs) == (1, 5)


def test_a_tile_of_one_colour_proves_nothing() -> None:
    reference, plain = Fake("fp32"), np.full((1, 8, 8, 3), 128, np.uint8)
    session = checked(Fake("fp16"), Fake("fp32"), reference=reference)
    session.run_pixels(plain)
    session.run_pixels(pixels())
    assert reference.runs == 2
    session.run_pixels(plain)
    assert reference.runs == 2


def test_a_later_tile_that_turns_black_is_computed_again() -> None:
    """Where a GPU makes black of what is not a number, nothing else tells."""
    black = Fake("fp16", lambda batch: batch * np.uint8(batch[0, 0, 0, 0] == pixels()[0, 0, 0, 0]))
    session = checked(black, Fake("fp32"))
    session.run_pixels(pixels())
    assert session.precision == "fp16"
    assert pixels(1)[0, 0, 0, 0] != pixels()[0, 0, 0, 0]
    np.testing.assert_array_equal(session.run_pixels(pixels(1)), pixels(1))
    assert session.precision == "fp32"


def test_what_is_not_finite_in_fp32_either_is_told() -> None:
    session = checked(*(Fake(one, lambda batch: batch * np.float32("nan")) for one in ("fp16", "fp32")))
    with pytest.raises(NonFiniteError):
        session.run(planes())
    assert session.precision == "fp32"


def test_a_precision_that_cannot_be_had_is_passed_over() -> None:
    def absent() -> Session:
        raise UsageError("this GPU has no bf16")

    nothing = Fake("fp16", lambda batch: batch * 0)
    session = CheckedSession([lambda: nothing, absent, lambda: Fake("fp32")], lambda: Fake("fp32"))
    np.testing.assert_array_equal(session.run_pixels(pixels()), pixels())
    assert session.precision == "fp32"


def test_a_graph_that_cannot_be_turned_into_fp16_runs_in_fp32() -> None:
    def refused() -> Session:
        raise ModelError("an operator without fp16")

    session = CheckedSession([refused, lambda: Fake("fp32")], lambda: Fake("fp32"))
    assert session.precision == "fp32"
    assert session.notes == ("fp16 cannot be had (an operator without fp16): computing in fp32 instead",)


class FakeGpu(OnnxRuntimeSession):
    """Says that it runs on a GPU, and runs on the CPU."""

    opened: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self, file: ModelFile, place: Any, precision: Any, notes: tuple[str, ...] = ()) -> None:  # noqa: ANN401
        super().__init__(file, "cpu", "fp32" if precision == "bf16" else precision, notes)
        self.precision, self.device = precision, "CUDA (NVIDIA Test)"
        self.opened.append((place.kind, precision))


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setattr(opening, "gpu_name", lambda: "NVIDIA Test")
    monkeypatch.setattr(opening, "cuda_problem", lambda: None)
    monkeypatch.setattr("srgan.runtime.onnxruntime_session.OnnxRuntimeSession", FakeGpu)
    monkeypatch.setattr(FakeGpu, "opened", [])
    return FakeGpu.opened


@pytest.mark.usefixtures("gpu")
def test_a_gpu_takes_fp16_when_it_is_right_and_the_model_tells_when_it_is_not() -> None:
    picture = pixels()[0]
    right, wrong = load_model(described(2, 4)), load_model(large(1e7))
    assert right.session is not None
    assert wrong.session is not None
    expected = load_model(described(2, 4), device="cpu", precision="fp32").upscale(picture).astype(int)
    assert np.abs(right.upscale(picture) - expected).max() <= 1
    assert np.abs(wrong.upscale(picture) - expected).max() <= 1
    assert (right.session.precision, right.notes) == ("fp16", ())
    assert wrong.session.precision == "fp32"
    assert wrong.device_line.endswith("in fp32")
    assert len(wrong.notes) == 1


@pytest.mark.usefixtures("gpu")
def test_a_gpu_has_several_pictures_in_hand_whose_tiles_have_one_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []

    def run_pixels(self: FakeGpu, batch: NDArray[np.uint8], noise: None = None) -> NDArray[np.uint8]:
        shapes.append(batch.shape)
        return OnnxRuntimeSession.run_pixels(self, batch, noise)

    monkeypatch.setattr(FakeGpu, "run_pixels", run_pixels)
    model = load_model(described(2, 4), device="cuda:0,cuda:1", precision="fp32")
    whole = load_model(described(2, 4), device="cpu", precision="fp32")
    assert len(model.team) == 16
    assert len(set(model.team)) == 2
    assert model.device_line.endswith("fp32, 2 workers")
    model.runner.upscaler.useful = 40  # type: ignore[union-attr]
    shapes.clear()
    for height, width in ((60, 90), (91, 77), (133, 48)):
        picture = np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)
        np.testing.assert_array_equal(model.upscale(picture), whole.upscale(picture))
    assert set(shapes) == {(1, 48, 48, 3)}


def test_tensorrt_is_compared_with_cuda_and_tries_bf16(gpu: list[tuple[str, str]]) -> None:
    load_model(described(2, 4), device="tensorrt").upscale(pixels()[0])
    assert set(gpu) == {("tensorrt", "fp16"), ("cuda", "fp32")}
    gpu.clear()
    load_model(large(1e7), device="tensorrt").upscale(pixels()[0])
    assert gpu[-1] in (("tensorrt", "bf16"), ("cuda", "fp32"))
    assert ("tensorrt", "fp32") not in gpu


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_was_asked_for_runs_unchecked(gpu: list[tuple[str, str]], precision: Any) -> None:  # noqa: ANN401
    model = load_model(described(2, 4), device="tensorrt", precision=precision)
    model.upscale(pixels()[0])
    assert gpu == [("tensorrt", precision)]
