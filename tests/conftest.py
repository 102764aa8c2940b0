"""What several test files share, and when marked tests are skipped."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).resolve().parents[1]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of a child process that runs this checkout's code, installed or not."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of benchmark pictures (Set5, Set14 ...); only tests marked ``data`` may ask for it."""
    return Path(os.environ["SRGAN_TEST_DATA"])


@pytest.fixture(scope="module")  # not for the session: as long as it runs, no test could run an event loop of its own
def browser() -> "Iterator[Browser]":
    """The system's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def nearest_model(tmp_path: Path) -> Path:
    """A small x2 network of nobody in particular as an ONNX file: it repeats every pixel."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.zeros((12, 3, 3, 3), np.float32)
    for channel in range(3):
        weights[channel * 4 : channel * 4 + 4, channel, 1, 1] = 1
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input", "weights"], ["features"], pads=[1, 1, 1, 1]),
            helper.make_node("DepthToSpace", ["features"], ["output"], blocksize=2, mode="CRD"),
        ],
        "nearest",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, "rows", "columns"])],
        [numpy_helper.from_array(weights, "weights")],
    )
    path = tmp_path / "nearest.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def _has_gpu() -> bool:
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    return subprocess.run([program, "--list-gpus"], capture_output=True, check=False).returncode == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, saying why."""
    if not os.environ.get("SRGAN_TEST_DATA"):
        for item in items:
            if item.get_closest_marker("data"):
                item.add_marker(pytest.mark.skipif(True, reason="SRGAN_TEST_DATA names no folder of test pictures"))
    if any(item.get_closest_marker("gpu") for item in items) and not _has_gpu():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skipif(True, reason="needs an NVIDIA GPU"))
