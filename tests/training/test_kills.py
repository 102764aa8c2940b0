"""A training that is killed, at random and at every kind of file operation, ends as the unbroken one."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_few_kills(repository: Path, environment: dict[str, str]) -> None:
    """The short form; `python -m tests.training.kill_test` kills a hundred times."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.kill_test", "--kills", "6"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6 kills" in done.stdout
    assert done.stdout.count("newest checkpoint") == 6
