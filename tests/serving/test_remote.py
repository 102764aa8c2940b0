"""`srgan upscale --server`: everything but the network happens here."""

import shutil
from pathlib import Path

import pytest

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.images import read
from tests.serving.running import Running


def test_files_come_out_as_if_made_here(
    server: Running, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "imgs"
    pictures.mkdir()
    for name in ("cat.png", "horse.png", "astronaut.jpg"):
        shutil.copy(repository / "examples" / name, pictures)
    (pictures / "broken.png").write_bytes((pictures / "cat.png").read_bytes()[:100])
    near, far = tmp_path / "near", tmp_path / "far"
    assert run(cli, ["upscale", str(pictures), "-o", str(near), "-m", "bicubic", "-s", "2"]) == 3
    assert run(cli, ["upscale", str(pictures), "-o", str(far), "-m", "bicubic", "-s", "2", "--server", server.url]) == 3
    said = capsys.readouterr().err
    assert "on a server: bicubic on the CPU" in said
    assert "truncated" in said
    for name in ("cat.png", "horse.png", "astronaut.jpg"):
        one, other = read(near / name), read(far / name)
        assert (one.rgb == other.rgb).all()
        assert (one.alpha is None) == (other.alpha is None)
        assert one.alpha is None or other.alpha is None or (one.alpha == other.alpha).all()
        assert one.info == other.info
    assert run(cli, ["upscale", str(pictures), "-o", str(far), "-m", "bicubic", "-s", "2", "--server", server.url]) == 3


def test_what_is_the_servers_business(server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["upscale", "examples/cat.png", "-o", "-", "--server", server.url]
    assert run(cli, [*arguments, "-m", "x5"]) == 6
    assert "x4-fidelity" in capsys.readouterr().err
    assert run(cli, [*arguments, "--device", "cpu"]) == 2
    assert run(cli, [*arguments[:-1], "http://127.0.0.1:9"]) == 3
