"""Nothing phones home: no command opens a connection, or leaves a file where it was not asked to."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

INTERNET = re.compile(r"sa_family=AF_INET|connect\(.*AF_INET|sendto\(.*AF_INET")


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _can_trace(), reason="needs strace, and the right to trace processes")


class _Home:
    """A fresh home, a fresh folder for temporaries and a fresh place to work in."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / "trace"
        self.work = folder / "work"
        self.private = [folder / "home", folder / "temporary"]
        for path in (self.work, *self.private):
            path.mkdir()
        # Some libraries keep quiet where a variable says that this is a test, so only what is needed is kept.
        kept = {"LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "PATH", "PYTHONPATH"}
        self.environment = {
            **{name: value for name, value in environment.items() if name in kept},
            "HOME": str(self.private[0]),
            "TMPDIR": str(self.private[1]),
        }

    def run(self, *command: str) -> list[str]:
        """Run it to its successful end; return the lines of the trace that concern the internet."""
        done = subprocess.run(
            ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(self.log), *command],
            cwd=self.work, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [line for line in self.log.read_text(errors="replace").splitlines() if INTERNET.search(line)]

    def strays(self) -> list[Path]:
        return [path for folder in self.private for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def home(tmp_path: Path, environment: dict[str, str]) -> _Home:
    return _Home(tmp_path, environment)


def test_the_trace_sees_connections(home: _Home) -> None:
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    assert home.run(sys.executable, "-c", code)


def test_onnx_runtime_is_silent(home: _Home, nearest_model: Path) -> None:
    code = f"""
from pathlib import Path
from srgan.runtime.model_file import read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
OnnxRuntimeSession(read_model_file(Path({str(nearest_model)!r})))
"""
    assert not home.run(sys.executable, "-c", code)
    assert not home.strays()


def test_upscaling_is_silent(home: _Home, nearest_model: Path, repository: Path) -> None:
    shutil.copy(repository / "examples" / "astronaut.jpg", home.work)
    command = (sys.executable, "-m", "srgan", "upscale", "astronaut.jpg", "-m", str(nearest_model))
    assert not home.run(*command)
    assert not home.strays()
    assert sorted(path.name for path in home.work.iterdir() if not path.name.startswith(".")) == [
        "astronaut.jpg",
        "astronaut_x2.jpg",
    ]


def test_listing_models_is_silent(home: _Home) -> None:
    assert not home.run(sys.executable, "-m", "srgan", "models", "list")
    assert not home.strays()


@pytest.mark.slow
def test_the_way_from_pictures_to_a_model_is_silent(home: _Home, repository: Path) -> None:
    random = np.random.default_rng(5)
    for name in ("train/a", "train/b", "valid/c"):
        path = home.work / "pictures" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (72, 80, 3), np.uint8)).save(path)
    home.environment["SRGAN_DATA"] = "pictures"
    run = tomllib.loads((repository / "runs" / "tiny.toml").read_text(encoding="utf-8"))
    steps = [
        ["train", str(repository / "runs" / "tiny.toml"), "--set", "train.steps=2", "--set", "train.warmup=0"],
        ["export", f"experiments/{run['name']}", "-o", "tiny.onnx"],
        ["evaluate", "--hr", "pictures/valid", "--scale", "2", "--model", "tiny.onnx"],
    ]
    for arguments in steps:
        assert not home.run(sys.executable, "-m", "srgan", *arguments), arguments
        assert not home.strays(), arguments
