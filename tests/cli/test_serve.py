import sys
from pathlib import Path

import pytest

from srgan.cli import cli
from srgan.cli.errors import run


def serve(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(cli, ["serve", *arguments])
    return code, capsys.readouterr().err


def test_open_doors_need_a_token(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SRGAN_TOKEN", raising=False)
    code, said = serve(capsys, "--host", "0.0.0.0", "-m", "bicubic")
    assert code == 2
    assert "SRGAN_TOKEN" in said


def test_a_token_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, said = serve(capsys, "--token-file", str(tmp_path / "absent"), "-m", "bicubic")
    assert code == 2
    assert "absent" in said


def test_weak_tokens(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short\n")
    code, said = serve(capsys, "--token-file", str(tmp_path / "token"), "-m", "bicubic")
    assert code == 2
    assert "openssl" in said


def test_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = serve(capsys, "-m", "x5")
    assert code == 6
    assert "x4-fidelity" in said


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = serve(capsys, "-m", "bicubic", "--port", str(taken.getsockname()[1]))
    assert code == 2
    assert "--port" in said


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    code, said = serve(capsys, "-m", "bicubic")
    assert code == 2
    assert "pip install 'srgan[serve]'" in said


def test_help_is_enough_to_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["serve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in (
        "--allow-host",
        "SRGAN_TOKEN",
        "nginx",
        "SIGTERM",
        "/readyz",
        "/openapi.json",
        "--queue",
        "--max-body-mb",
    ):
        assert word in text
