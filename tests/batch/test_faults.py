"""Quick versions of ``tests.batch.fault_test``."""

import sys
from pathlib import Path

import pytest

from tests.batch.fault_test import can_trace, few_descriptors, full_disk, injected, two_at_once, upscale
from tests.batch.pictures import digests, make_model, make_pictures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    imgs = make_pictures(folder / "imgs", ("a.png", "b.png"))
    upscale(imgs, folder / "old", "-m", str(make_model(folder / "tiny.onnx")))
    upscale(imgs, folder / "whole", "-m", "bicubic", "-s", "2")
    return folder


@pytest.mark.skipif(not can_trace(), reason="needs strace, and the right to trace processes")
@pytest.mark.parametrize(
    ("call", "fault", "number"),
    [
        ("rename", "SIGKILL", 1),
        ("rename", "EIO", 2),
        ("fsync", "SIGKILL", 1),  # of the file
        ("fsync", "ENOSPC", 2),  # of its folder
        ("fdatasync", "SIGKILL", 4),  # of the journal
        ("fdatasync", "ENOSPC", 4),
    ],
)
def test_calls_that_fail(jobs: Path, call: str, fault: str, number: int) -> None:
    assert injected(jobs / "imgs", jobs / "old", digests(jobs / "whole"), call, fault, number) == []


def test_a_full_disk_at_different_moments(tmp_path: Path) -> None:
    assert full_disk(tmp_path, sizes=2) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux")
def test_few_descriptors(tmp_path: Path) -> None:
    assert few_descriptors(tmp_path, files=120) == []


def test_runs_that_begin_at_once(tmp_path: Path) -> None:
    assert two_at_once(tmp_path) == []
