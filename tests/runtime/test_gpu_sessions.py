"""What ONNX Runtime is asked for on a GPU, with sessions of the CPU that say they run there."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from srgan.errors import ModelError, UsageError
from srgan.runtime import load_model, onnxruntime_session, open_engine, open_session, providers, read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
from tests.runtime.makers import described as maker
from tests.runtime.networks import described

Asked = list[list[tuple[str, dict[str, str]]]]


class Gpu:
    """Takes the place of `onnxruntime.InferenceSession`."""

    asked: Asked = []  # noqa: RUF012
    records = True
    runs_on: str | None = None
    real = onnxruntime.InferenceSession

    def __init__(self, content: bytes, options: Any, *, providers: Any) -> None:  # noqa: ANN401
        self.asked.append(providers)
        self._first = self.runs_on or providers[0][0]
        if not self.records and providers[0][1].get("enable_cuda_graph") == "1":
            raise RuntimeError("This session cannot use the graph capture feature")
        self._session = Gpu.real(content, options, providers=["CPUExecutionProvider"])

    def get_providers(self) -> list[str]:
        return [self._first, "CPUExecutionProvider"]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._session, name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    for module in (onnxruntime_session, providers):
        monkeypatch.setattr(module, "gpu_name", lambda number: f"NVIDIA Test {number}")
    monkeypatch.setattr(providers, "tensorrt_version", lambda: "101600")
    monkeypatch.setattr(onnxruntime_session, "cuda_problem", lambda number, *, tensorrt: None)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Gpu)
    monkeypatch.setattr(Gpu, "asked", [])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Gpu.asked


def pixels(seed: int) -> Any:  # noqa: ANN401
    return np.random.default_rng(seed).integers(0, 256, (1, 24, 24, 3), np.uint8)


def test_cuda_records_graphs_where_it_can(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    file = read_model_file(described(2))
    exact = open_session(file, "cpu", "fp32")
    for records, requests in ((True, ["1"]), (False, ["1", None])):
        monkeypatch.setattr(Gpu, "records", records)
        asked.clear()
        session = open_session(file, "cuda:1", "fp32")
        assert [one[0][1].get("enable_cuda_graph") for one in asked] == requests
        assert {(one[0][0], one[0][1]["device_id"], one[0][1]["use_tf32"]) for one in asked} == {
            ("CUDAExecutionProvider", "1", "0")
        }
        assert (session.device, session.precision) == ("CUDA 1 (NVIDIA Test 1)", "fp32")
        for seed in range(4):
            assert np.abs(session.run_pixels(pixels(seed)).astype(int) - exact.run_pixels(pixels(seed))).max() <= 1


def test_auto_is_fp16_on_a_gpu_and_tensorrt_keeps_its_engines(asked: Asked, tmp_path: Path) -> None:
    model = load_model(described(2), device="tensorrt")
    model.upscale(pixels(0)[0])
    assert model.session is not None
    assert (model.session.device, model.session.precision) == ("TensorRT (NVIDIA Test 0)", "fp16")
    first, *others = [one[0] for one in asked]
    assert first[0] == "TensorrtExecutionProvider"
    assert first[1]["trt_fp16_enable"] == "1"
    assert Path(first[1]["trt_engine_cache_path"]).is_dir()
    assert Path(first[1]["trt_engine_cache_path"]).is_relative_to(tmp_path / "srgan/tensorrt")
    assert {name for name, _ in others} == {"CUDAExecutionProvider"}, "fp32 to compare with"


@pytest.mark.usefixtures("asked")
def test_a_fall_back_of_onnx_runtime_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gpu, "runs_on", "CPUExecutionProvider")
    with pytest.raises(UsageError, match="fell back to CPUExecutionProvider"):
        open_session(described(2), "cuda", "fp32")


@pytest.mark.usefixtures("asked")
def test_a_model_that_runs_nowhere_is_refused_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object, **options: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(onnxruntime, "InferenceSession", broken)
    with pytest.raises(ModelError, match="no such operator"):
        open_session(described(2), "cuda")


def test_models_that_draw_compute_in_fp32(asked: Asked) -> None:
    engine = open_engine(maker(), "cuda")
    assert engine.precision == "fp32"
    assert asked[0][0][1]["use_tf32"] == "0"
    with pytest.raises(UsageError, match="use --precision fp32, or --device tensorrt"):
        open_engine(maker(), "cuda", "fp16")


@pytest.mark.usefixtures("asked")
def test_cuda_has_no_bf16() -> None:
    with pytest.raises(UsageError, match="use --precision fp32 or fp16, or --device tensorrt"):
        OnnxRuntimeSession(read_model_file(described(2)), "cuda", "bf16")
