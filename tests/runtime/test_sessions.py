import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from srgan.errors import ModelError, UsageError
from srgan.runtime import ModelMetadata, Precision, SessionMemoryError, devices, open_session, opening, read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
from tests.runtime import translators
from tests.runtime.networks import described, network

PACKAGED = Path(__file__).parents[2] / "srgan/zoo/models/x4-fidelity.onnx"
SHAPES = [(1, 3, 1, 1), (1, 3, 37, 53), (3, 3, 16, 8), (1, 3, 37, 53)]


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "gpu_name", lambda: None)


@pytest.mark.usefixtures("no_gpu")
def test_both_backends_compute_the_same() -> None:
    file = read_model_file(network(4))
    first = open_session(file, "cpu", "fp32")
    second = OnnxRuntimeSession(file, "cpu")
    assert (first.backend, first.precision, first.device[:5]) == ("openvino", "fp32", "CPU (")
    assert (second.backend, second.precision, second.device[:5]) == ("onnxruntime", "fp32", "CPU (")
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        batch = rng.random(shape, np.float32)
        results = [session.run(batch) for session in (first, second)]
        assert results[0].shape == (shape[0], 3, 4 * shape[2], 4 * shape[3])
        assert results[0].dtype == results[1].dtype == np.float32
        np.testing.assert_allclose(results[0], results[1], atol=1e-5)


@pytest.mark.usefixtures("no_gpu")
def test_the_precision_reported_is_the_one_that_runs() -> None:
    session = open_session(network(2, layers=4))
    exact = open_session(network(2, layers=4), precision="fp32")
    assert exact.precision == "fp32"
    batch = np.random.default_rng(0).random((1, 3, 40, 40), np.float32)
    error = np.abs(session.run(batch) - exact.run(batch)).max()
    if session.precision == "fp32":
        assert error < 1e-5
    else:
        assert session.precision in ("bf16", "fp16")
        assert 1e-5 < error < 0.05


@pytest.mark.usefixtures("no_gpu")
def test_results_are_not_overwritten_by_the_next_run() -> None:
    session = open_session(network(2))
    first = session.run(np.zeros((1, 3, 8, 8), np.float32))
    before = first.copy()
    session.run(np.ones((1, 3, 8, 8), np.float32))
    assert (first == before).all()


def test_without_openvino_onnx_runtime_is_used_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "gpu_name", lambda: None)
    monkeypatch.setitem(sys.modules, "srgan.runtime.openvino_session", None)
    session = open_session(network(2))
    assert session.backend == "onnxruntime"
    assert "openvino" in session.notes[0]


@pytest.mark.skipif(devices.gpu_name() is not None, reason="this machine has a GPU")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_that_is_not_there_is_an_error_without_noise(
    device: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(network(2))
    code = (
        "from pathlib import Path; from srgan.runtime import open_session; from srgan.errors import UsageError\n"
        f"try: open_session(Path({str(path)!r}), {device!r})\n"
        "except UsageError as error: print(error)\n"
        f"print(open_session(Path({str(path)!r})).device)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    error, running = done.stdout.splitlines()
    assert f"--device {device}" in error
    assert "nvidia-smi" in error or "pip" in error
    assert running.startswith("CPU")
    assert done.stderr == ""


def test_a_gpu_without_libraries_is_told_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "gpu_name", lambda: "NVIDIA Test")
    monkeypatch.setattr(opening, "cuda_problem", lambda: "a library is missing; pip install 'srgan[cuda]'")
    session = open_session(network(2))
    assert session.device.startswith("CPU")
    assert session.notes == ("the GPU (NVIDIA Test) is not used: a library is missing; pip install 'srgan[cuda]'",)


def test_a_precision_that_cannot_be_had_is_an_error() -> None:
    with pytest.raises(UsageError, match="bf16"):
        OnnxRuntimeSession(read_model_file(network(2)), "cpu", "bf16")


@pytest.mark.parametrize(
    ("value", "limit"), [("3", 3), ("2,4", 2), ("", None), ("many", None), ("0", None), ("-1", None)]
)
def test_the_thread_limit_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, limit: int | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert devices.thread_limit() == limit


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells where a thread may run")
@pytest.mark.parametrize("threads", [1, 2])
def test_threads_are_free_to_run_on_any_core(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """Pinned ones would share the first core with those of every other worker."""
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
    session = open_session(network(2, 4, channels=32), "cpu", "fp32")
    before, over, seen = os.sched_getaffinity(0), threading.Event(), set[frozenset[int]]()
    number = threading.get_native_id()

    def look() -> None:
        while not over.wait(0.001):
            seen.add(frozenset(os.sched_getaffinity(number)))

    watcher = threading.Thread(target=look)
    watcher.start()
    while not seen:
        session.run(np.zeros((1, 3, 64, 64), np.float32))
    session.run(np.zeros((1, 3, 256, 256), np.float32))
    over.set()
    watcher.join()
    assert seen == {frozenset(before)}


def test_noise_is_the_second_input() -> None:
    file = read_model_file(translators.described(latent=4))
    assert (file.input, file.noise, file.latent) == ("input", "noise", 4)
    batch = np.full((2, 3, 9, 7), 0.5, np.float32)
    noise = np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32)
    shift = noise @ np.linspace(-0.1, 0.1, 12).reshape(4, 3)
    for session in (open_session(file, "cpu", "fp32"), OnnxRuntimeSession(file, "cpu")):
        result = session.run(batch, noise)
        np.testing.assert_allclose(result[:, :, 4, 3], 0.5 + shift, atol=1e-6)
        with pytest.raises(ModelError):
            session.run(batch[:1], noise[:, :3])


@pytest.mark.parametrize("latent", [0, 5])
def test_noise_that_the_metadata_do_not_tell_of_is_refused(latent: int) -> None:
    metadata = ModelMetadata(name="a", task="paired_translation", scale=1, latent=latent)
    with pytest.raises(ModelError, match=f"promises noise of length {latent}, and takes 4"):
        read_model_file(translators.translator(metadata, latent=4))


def test_a_batch_too_large_for_the_memory_is_refused_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "srgan.runtime.openvino_session"
    monkeypatch.setattr(f"{module}._CHECKED_PIXELS", 50 * 60)
    session = open_session(network(2, 2, channels=8), "cpu", "fp32")
    # Most is held when input, features and enlarged input meet: 3 x 12 numbers a pixel.
    needed = 36 * 4 * 50 * 60
    batch = np.zeros((1, 3, 50, 60), np.float32)
    monkeypatch.setattr(f"{module}.free_memory", lambda: int(0.99 * needed))
    with pytest.raises(SessionMemoryError, match="GiB are free"):
        session.run(batch)
    assert session.run(batch[:, :, :49]).shape == (1, 3, 98, 120), "too small to be looked at"
    monkeypatch.setattr(f"{module}.free_memory", lambda: int(1.01 * needed))
    assert session.run(batch).shape == (1, 3, 100, 120)
    monkeypatch.setattr(f"{module}.free_memory", lambda: None)
    assert session.run(np.zeros((1, 3, 100, 120), np.float32)).shape == (1, 3, 200, 240)


@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_a_program_for_one_shape_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch, precision: Precision) -> None:
    module = "srgan.runtime.openvino_session"
    rng = np.random.default_rng(0)
    for content in (PACKAGED.read_bytes(), described(3, 2, kernel=9)):
        one, other = open_session(content, "cpu", precision), open_session(content, "cpu", precision)
        for height, width in ((64, 64), (37, 90), (37, 90), (1, 7), (120, 31)):
            pixels = rng.integers(0, 256, (1, height, width, 3), np.uint8)
            monkeypatch.setattr(f"{module}._OWN_PIXELS", 1)
            own = one.run_pixels(pixels)
            assert one._own is not None  # type: ignore[attr-defined]
            monkeypatch.setattr(f"{module}._OWN_PIXELS", 10**12)
            assert (other.run_pixels(pixels) == own).all(), (height, width)
            assert other._own is None  # type: ignore[attr-defined]


def test_a_shape_that_comes_often_gets_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.runtime.openvino_session._OWN_PIXELS", 1000)
    session = open_session(described(2), "cpu", "fp32")
    batch = np.zeros((1, 3, 20, 20), np.float32)
    had = []
    for one in (batch, batch, batch, batch, batch[:, :, 1:], batch, batch, batch):
        session.run(one)
        had.append(session._own is not None)  # type: ignore[attr-defined]
    assert had == [False, False, True, True, False, False, False, True]


def _model(change: str) -> bytes:
    model = onnx.load_model_from_string(network(2))
    weights = model.graph.initializer[0]
    match change:
        case "external":
            weights.data_location = TensorProto.EXTERNAL
            entry = weights.external_data.add()
            entry.key, entry.value = "location", "../secret"
        case "nan":
            weights.raw_data = np.full(weights.dims, np.nan, np.float32).tobytes()
        case "short":
            weights.raw_data = weights.raw_data[:-8]
        case "two inputs":
            model.graph.input.append(helper.make_tensor_value_info("text", TensorProto.FLOAT, [1, 256]))
        case "one channel":
            model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1
        case "batch of four":
            model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4
        case "external in a constant":
            tensor = TensorProto(name="hidden", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
            model.graph.node.append(helper.make_node("Constant", [], ["hidden"], value=tensor))
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("external", "another file"),
        ("external in a constant", "another file"),
        ("nan", "not finite"),
        ("short", "wrong size"),
        ("two inputs", "exactly one input"),
        ("one channel", "RGB"),
        ("batch of four", "batch"),
    ],
)
def test_unsafe_and_unfit_models_are_refused(change: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        read_model_file(_model(change))


@pytest.mark.parametrize("content", [b"", b"\x80\x02not a model", b"PK\3\4" + bytes(100), b"a text\n"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="not an ONNX file"):
        read_model_file(content)


def test_a_model_that_onnx_reads_but_no_backend_runs_is_refused() -> None:
    model = onnx.load_model_from_string(network(2))
    model.graph.node[0].op_type = "Convolve"
    file = read_model_file(bytes(model.SerializeToString()))
    for open_ in (open_session, OnnxRuntimeSession):
        with pytest.raises(ModelError, match="cannot run"):
            open_(file)


def test_files_are_named_in_errors(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no model file .*gone\.onnx"):
        read_model_file(tmp_path / "gone.onnx")
    with pytest.raises(ModelError, match="srgan export"):
        read_model_file(tmp_path / "weights.safetensors")
    path = tmp_path / "model.onnx"
    path.write_bytes(described())
    with pytest.raises(ModelError, match=r"model\.onnx is damaged.*sha256"):
        read_model_file(path, sha256="0" * 64)
    file = read_model_file(path)
    assert read_model_file(path, sha256=file.sha256.upper()).metadata == file.metadata


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal stacks")
def test_signals_are_safe_after_sessions_have_come_and_gone(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(network())
    code = f"""
import faulthandler, gc, os, signal
faulthandler.enable()
from pathlib import Path
from srgan.runtime import open_session
first, second = (open_session(Path({str(path)!r}), "cpu") for _ in range(2))
del first
gc.collect()
del second
gc.collect()
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr
