"""The tab key: what the shells are told of commands, options, values and files."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from srgan.cli import cli
from srgan.cli.errors import run


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["srgan", "ups"], "plain,upscale"),
        (["srgan", "upscale", "--long"], "plain,--long-side"),
        (["srgan", "models", "unp"], "plain,unpack"),
        (["srgan", "upscale", "im"], "file,im"),
        (["srgan", "upscale", "imgs/", "-o", ""], "file,"),
        (["srgan", "generate", "-m", "emoji-t"], "plain,emoji-text"),
        (["srgan", "serve", "-m", "./mo"], "file,./mo"),
        (["srgan", "models", "info", "emoji-c"], "plain,emoji-colour"),
        (["srgan", "train", "--new", "ph"], "file,ph"),
        (["srgan", "upscale", "--precision", "b"], "plain,bf16"),
    ],
)
def test_what_is_offered(
    words: list[str], answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_SRGAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    run(cli, [])
    assert capsys.readouterr().out.strip() == answer


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="needs bash")
def test_in_bash(tmp_path: Path, environment: dict[str, str]) -> None:
    """The line of the README, then what the function that it defines gives for words that were typed."""
    program = tmp_path / "srgan"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m srgan "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(_SRGAN_COMPLETE=bash_source srgan)"
        complete -p srgan
        compopt() { echo "files by" "$@"; }
        COMP_WORDS=(srgan upscale --keep); COMP_CWORD=2; _srgan_completion srgan; echo "${COMPREPLY[@]}"
        COMPREPLY=(); COMP_WORDS=(srgan upscale im); _srgan_completion srgan
    """
    done = subprocess.run(
        ["bash", "-c", script],
        env={**environment, "PATH": f"{tmp_path}:{environment['PATH']}"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "-F _srgan_completion srgan" in done.stdout
    assert "--keep-gps\nfiles by -o default\n" in done.stdout
