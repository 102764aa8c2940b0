from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.runtime import providers
from srgan.runtime.places import Place
from srgan.runtime.providers import Engines, engine_folder, kept_engines, make_engine_folder, providers_of

KEPT = Engines(Path("/cache/engines"), Path("/cache"))


def test_a_cpu_has_no_options() -> None:
    assert providers_of(Place("cpu"), "fp32") == [("CPUExecutionProvider", {})]


@pytest.mark.parametrize(("precision", "tf32"), [("fp32", "0"), ("tf32", "1"), ("fp16", "1")])
def test_cuda_runs_on_its_gpu_and_fp32_is_no_tf32(precision: str, tf32: str) -> None:
    (name, options), (last, _) = providers_of(Place("cuda", 3), precision)
    assert (name, last) == ("CUDAExecutionProvider", "CPUExecutionProvider")
    assert options == {"device_id": "3", "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": tf32}


def test_graphs_are_recorded_only_when_asked_for() -> None:
    assert providers_of(Place("cuda"), "fp16", graphs=True)[0][1]["enable_cuda_graph"] == "1"
    assert "enable_cuda_graph" not in providers_of(Place("cuda"), "fp16")[0][1]


@pytest.mark.parametrize(("precision", "flags"), [("fp16", "10"), ("bf16", "01"), ("fp32", "00"), ("tf32", "00")])
def test_tensorrt_computes_in_the_precision_and_keeps_its_engines(precision: str, flags: str) -> None:
    (name, options), (second, cuda), _ = providers_of(Place("tensorrt", 1), precision, kept=KEPT)
    assert (name, second) == ("TensorrtExecutionProvider", "CUDAExecutionProvider")
    assert options["trt_fp16_enable"] + options["trt_bf16_enable"] == flags
    assert (options["trt_engine_cache_enable"], options["trt_engine_cache_path"]) == ("1", "/cache/engines")
    assert (options["trt_timing_cache_enable"], options["trt_timing_cache_path"]) == ("1", "/cache")
    assert options["device_id"] == cuda["device_id"] == "1"
    assert not any("cache" in key for key in providers_of(Place("tensorrt"), precision)[0][1])


def test_engines_are_never_those_of_something_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    usual = (b"graph", "fp16", "NVIDIA L4", ("1.31.1", "101600"))
    others = [
        (b"another", *usual[1:]),
        (usual[0], "fp32", *usual[2:]),
        (*usual[:2], "NVIDIA A10/2", usual[3]),
        (*usual[:3], ("1.32.0", "101600")),
        (*usual[:3], ("1.31.1", "101700")),
    ]
    folders = [engine_folder(*one).engines for one in (usual, *others)]
    assert len(set(folders)) == 6
    assert all(folder.is_relative_to(tmp_path / "srgan/tensorrt") for folder in folders)
    assert engine_folder(*usual).engines == folders[0]
    assert engine_folder(*usual).timings == engine_folder(*others[0]).timings == folders[0].parent
    assert "/" not in folders[3].parent.name


def test_the_folder_is_made_or_named_in_the_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(providers, "gpu_name", lambda number: f"GPU {number}")
    monkeypatch.setattr(providers, "tensorrt_version", lambda: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = make_engine_folder(b"graph", "fp16", Place("tensorrt", 1))
    assert kept.engines.is_dir()
    assert kept.engines.is_relative_to(kept_engines())
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="XDG_CACHE_HOME"):
        make_engine_folder(b"graph", "fp16", Place("tensorrt", 1))
