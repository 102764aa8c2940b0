"""Planted faults, each found and told with the command that repairs it."""

import json
import resource
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import PIL.features
import pytest
from numpy.typing import NDArray

import srgan.doctor.engines
import srgan.doctor.machine
from srgan.cli import cli
from srgan.cli.errors import run
from srgan.doctor import CHECKS, REINSTALL, Finding, examine
from srgan.doctor.engines import check_gpu, check_onnxruntime_session, check_openvino_session
from srgan.doctor.machine import check_folders, check_limits, check_metric_weights, check_models
from srgan.doctor.packages import check_constraints, check_formats, check_onnxruntime, check_requirements
from srgan.errors import UsageError
from srgan.zoo import list_models

Patch = pytest.MonkeyPatch


def package(site: Path, name: str, version: str, *, requires: tuple[str, ...] = ()) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def two_runtimes(site: Path, patch: Patch) -> None:
    package(site, "onnxruntime", "1.31.1")
    package(site, "onnxruntime-gpu", "1.31.1")


def broken_runtime(site: Path, patch: Patch) -> None:
    patch.setitem(sys.modules, "onnxruntime", None)


def old_package(site: Path, patch: Patch) -> None:
    package(site, "srgan", "0.1.0", requires=("click>=8.2", "numpy>=2.0", "ray>=1; extra == 'ray'"))
    package(site, "click", "7.0")
    package(site, "numpy", "2.1")


def no_openvino(site: Path, patch: Patch) -> None:
    patch.setitem(sys.modules, "srgan.runtime.openvino_session", None)


def runtime_that_runs_nothing(site: Path, patch: Patch) -> None:
    class Session:
        def __init__(self, *_: object) -> None:
            raise RuntimeError("no provider could be loaded")

    module = ModuleType("srgan.runtime.onnxruntime_session")
    module.OnnxRuntimeSession = Session  # type: ignore[attr-defined]
    patch.setitem(sys.modules, module.__name__, module)


def gpu_without_libraries(site: Path, patch: Patch) -> None:
    patch.setattr(srgan.doctor.engines, "gpu_name", lambda number=0: None if number else "NVIDIA L4")
    told = "a library is missing (libcudnn.so.9); install the CUDA libraries with: pip install 'srgan[cuda]'"
    patch.setattr(srgan.doctor.engines, "cuda_problem", lambda: told)


def gpu_and_a_runtime_for_cpus(site: Path, patch: Patch) -> None:
    patch.setattr(srgan.doctor.engines, "gpu_name", lambda number=0: None if number else "NVIDIA L4")
    told = "the installed onnxruntime has no GPU support; repair: pip uninstall -y onnxruntime"
    patch.setattr(srgan.doctor.engines, "cuda_problem", lambda: told)


def no_webp(site: Path, patch: Patch) -> None:
    check = PIL.features.check
    patch.setattr(PIL.features, "check", lambda feature: feature != "webp" and check(feature))


def no_libvips(site: Path, patch: Patch) -> None:
    patch.setitem(sys.modules, "pyvips", None)


def few_files(site: Path, patch: Patch) -> None:
    limits = {resource.RLIMIT_NOFILE: (256, 4096)}
    real = resource.getrlimit
    patch.setattr(resource, "getrlimit", lambda kind: limits.get(kind, real(kind)))


def full_disk(site: Path, patch: Patch) -> None:
    usage = namedtuple("usage", "total used free")
    patch.setattr(shutil, "disk_usage", lambda _: usage(100, 100, 1000))


def no_folder_to_write(site: Path, patch: Patch) -> None:
    (site / "file").write_text("")
    patch.setenv("XDG_CACHE_HOME", str(site / "file" / "cache"))


def no_weights(site: Path, patch: Patch) -> None:
    patch.setenv("SRGAN_VGG19_WEIGHTS", str(site / "absent.pth"))


def damaged_model(site: Path, patch: Patch) -> None:
    entry = list_models()[0]
    copy = site / "model.onnx"
    copy.write_bytes(entry.file.read_bytes()[:-1])
    patch.setattr(srgan.doctor.machine, "list_models", lambda: [entry.model_copy(update={"file": copy})])


@pytest.mark.parametrize(
    ("plant", "check", "detail", "repair"),
    [
        (two_runtimes, check_onnxruntime, "over each other", "pip uninstall -y onnxruntime onnxruntime-gpu && "),
        (broken_runtime, check_onnxruntime, "cannot be imported", "pip install --force-reinstall onnxruntime-gpu"),
        (old_package, check_requirements, "click 7.0 is installed, click>=8.2 is needed", "pip install 'click>=8.2'"),
        (no_openvino, check_openvino_session, "cannot be imported", "pip install --force-reinstall openvino"),
        (runtime_that_runs_nothing, check_onnxruntime_session, "no provider could be loaded", "pip install"),
        (gpu_without_libraries, check_gpu, "libcudnn.so.9", "pip install 'srgan[cuda]'"),
        (gpu_and_a_runtime_for_cpus, check_gpu, "NVIDIA L4 is not used: the installed", "pip uninstall -y onnxruntime"),
        (no_webp, check_formats, "was built without WebP", "pip install --force-reinstall --no-cache-dir 'Pillow"),
        (no_libvips, check_formats, "16-bit colour needs it", "pip install --force-reinstall 'pyvips[binary]'"),
        (few_files, check_limits, "may open 256 files", "ulimit -n 4096"),
        (full_disk, check_folders, "has 0 MiB left", "export TMPDIR=FOLDER"),
        (no_folder_to_write, check_folders, "cannot be written", "export XDG_CACHE_HOME=FOLDER"),
        (no_weights, check_metric_weights, "which is not there", "unset SRGAN_VGG19_WEIGHTS"),
        (damaged_model, check_models, "missing or damaged: x4", "pip install --force-reinstall --no-deps"),
    ],
)  # fmt: skip
def test_every_planted_fault_is_found(
    plant: Callable[[Path, Patch], None],
    check: Callable[[], list[Finding]],
    detail: str,
    repair: str,
    tmp_path: Path,
    monkeypatch: Patch,
) -> None:
    before = [finding for finding in check() if finding.state == "problem" and detail in finding.detail]
    assert before == [], "it was there before it was planted"
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    plant(site, monkeypatch)
    problems = [finding for finding in check() if finding.state == "problem"]
    found = [finding for finding in problems if detail in finding.detail]
    assert found
    assert found[0].repair is not None
    assert found[0].repair.startswith(repair)


def test_a_slow_cpu_is_a_note(monkeypatch: Patch) -> None:
    class Session:
        device, precision = "CPU (old)", "fp32"

        def __init__(self, _: object) -> None:
            pass

        def run(self, _: object) -> None:
            pass

    monkeypatch.setitem(sys.modules, "srgan.runtime.openvino_session", SimpleNamespace(OpenVINOSession=Session))
    states = {finding.check: finding.state for finding in check_openvino_session()}
    assert states == {"OpenVINO": "ok", "CPU": "note"}


def test_every_gpu_is_tried(monkeypatch: Patch) -> None:
    class Session:
        precision = "fp16"

        def __init__(self, _: object, device: str, precision: str) -> None:
            assert precision == "fp16"
            self.device = f"CUDA ({device})"

        def run(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
            return picture / np.float32(2 if self.device == "CUDA (cuda:0)" else 4)

    names = ["NVIDIA L4", "NVIDIA A10"]
    monkeypatch.setattr(srgan.doctor.engines, "gpu_name", lambda number=0: names[number] if number < 2 else None)
    monkeypatch.setattr(srgan.doctor.engines, "cuda_problem", lambda: None)
    monkeypatch.setitem(sys.modules, "srgan.runtime.onnxruntime_session", SimpleNamespace(OnnxRuntimeSession=Session))
    assert [(one.state, one.detail) for one in check_gpu()] == [
        ("ok", "runs on CUDA (cuda:0) in fp16"),
        ("problem", "NVIDIA A10 computes wrong numbers"),
    ]


def test_compiled_engines_are_told_of_where_there_are_some(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "TensorRT engines" not in {finding.check for finding in check_folders()}
    engine = tmp_path / "srgan/tensorrt/gpu/graph/one.engine"
    engine.parent.mkdir(parents=True)
    engine.write_bytes(bytes(3 << 20))
    (found,) = [finding for finding in check_folders() if finding.check == "TensorRT engines"]
    assert found.detail.startswith(f"{tmp_path}/srgan/tensorrt, 3 MiB")


def test_versions_against_the_constraints(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package(tmp_path, "alpha", "1.0")
    package(tmp_path, "beta", "2.0")
    file = tmp_path / "constraints.txt"
    file.write_text("# tested\nalpha==1.0\nbeta==2.1\ngamma==3.0\n")
    (finding,) = check_constraints(file)
    assert (finding.state, finding.repair) == ("note", "pip install beta==2.1")
    assert "beta 2.0 (tested: 2.1)" in finding.detail
    file.write_text("alpha==1.0\n")
    assert [one.state for one in check_constraints(file)] == ["ok"]
    with pytest.raises(UsageError, match="cannot be read"):
        list(check_constraints(tmp_path / "absent.txt"))


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: Patch) -> None:
    def well() -> list[Finding]:
        return [Finding("disk", "ok", "large"), Finding("GPU", "note", "none")]

    def ill() -> list[Finding]:
        return [Finding("disk", "problem", "full", "rm -r /tmp/x")]

    monkeypatch.setattr("srgan.doctor.examination.CHECKS", (well,))
    assert run(cli, ["doctor"]) == 0
    assert capsys.readouterr().out.splitlines() == ["ok      disk: large", "note    GPU: none"]
    monkeypatch.setattr("srgan.doctor.examination.CHECKS", (well, ill))
    assert run(cli, ["doctor", "--json"]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert [row["state"] for row in rows] == ["ok", "note", "problem"]
    assert rows[2] == {"check": "disk", "state": "problem", "detail": "full", "repair": "rm -r /tmp/x"}
    assert run(cli, ["doctor"]) == 3
    assert "        repair: rm -r /tmp/x" in capsys.readouterr().out


def test_a_check_that_cannot_run_is_a_problem_too(capsys: pytest.CaptureFixture[str], monkeypatch: Patch) -> None:
    def ill() -> list[Finding]:
        raise ImportError("No module named 'packaging'")

    monkeypatch.setattr("srgan.doctor.examination.CHECKS", (ill,))
    assert [finding.repair for finding in examine()] == [REINSTALL]
    monkeypatch.setitem(sys.modules, "srgan.doctor", None)
    assert run(cli, ["doctor"]) == 3
    assert "repair: pip install --force-reinstall srgan" in capsys.readouterr().out


def test_it_ends_on_this_machine_with_a_finding_of_every_check() -> None:
    findings = list(examine())
    assert len(findings) >= len(CHECKS)
    assert {"onnxruntime", "OpenVINO", "ONNX Runtime", "GPU", "Pillow", "libvips", "models"} <= {
        finding.check for finding in findings
    }
    assert all(finding.repair for finding in findings if finding.state == "problem")
