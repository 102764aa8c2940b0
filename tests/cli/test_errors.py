"""What ends a command, and the exit code it becomes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from srgan.cli.errors import run
from srgan.errors import DivergedError, ModelError, NothingToDoError, OutputError, SrganError, UsageError


def _group(error: BaseException | None = None, code: int = 0) -> click.Group:
    @click.group()
    def group() -> None:
        pass

    @group.command()
    @click.pass_context
    def work(context: click.Context) -> None:
        if error is not None:
            raise error
        context.exit(code)

    return group


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SrganError("what happened"), 1),
        (UsageError("what happened"), 2),
        (NothingToDoError("what happened"), 4),
        (OutputError("what happened"), 5),
        (ModelError("what happened"), 6),
        (DivergedError("what happened"), 7),
        (click.ClickException("what happened"), 1),
    ],
)
def test_foreseen_errors_are_one_line(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_group(error), ["work"]) == code
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "srgan: error: what happened\n")


def test_what_others_wrote_gives_the_terminal_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_group(ModelError("the layer \x1b[2Jgone is missing:\n  second line")), ["work"]) == 6
    assert capsys.readouterr().err == "srgan: error: the layer \\x1b[2Jgone is missing:\n  second line\n"


def test_a_command_chooses_its_exit_code() -> None:
    assert run(_group(), ["work"]) == 0
    assert run(_group(code=3), ["work"]) == 3


def test_wrong_use_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_group(), ["work", "--speed"]) == 2
    assert "No such option" in capsys.readouterr().err


def test_interruption_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_group(KeyboardInterrupt()), ["work"]) == 130
    assert capsys.readouterr().err.strip() == "srgan: error: interrupted"


def test_anything_else_is_a_bug_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_group(ZeroDivisionError("oh")), ["work"]) == 1
    error = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in error
    assert "please report" in error


def _start(environment: dict[str, str], *arguments: str, stdout: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "srgan", *arguments], env=environment, stdout=stdout, stderr=subprocess.PIPE
    )


def test_a_reader_that_leaves_is_141(environment: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = _start(environment, "--help", stdout=writer)
    os.close(writer)
    assert process.communicate()[1] == b""
    assert process.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_termination_is_143_and_cleans_up(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"""
import click, sys, time
from pathlib import Path
from srgan.cli.errors import run
@click.group()
def group(): pass
@group.command()
def work():
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        Path({str(tmp_path / "cleaned")!r}).touch()
sys.exit(run(group, ["work"]))
"""
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    assert (tmp_path / "cleaned").exists()
