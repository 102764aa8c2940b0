"""A command line to talk to in tests."""

import json
from pathlib import Path
from typing import Any

import pytest

from srgan.cli import cli
from srgan.cli.errors import run

__all__ = ["Shell"]


class Shell:
    """Runs one command of the command line in this process, in a folder with pictures and a model."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], command: str, model: str) -> None:
        self.folder, self.capsys, self.command, self.model = folder, capsys, command, model
        self.out = self.said = ""

    def __call__(self, *arguments: str, model: str | None = "") -> int:
        """Run it on the CPU with the usual model, another one, or (None) without naming any; returns the exit code."""
        options = [] if model is None else ["-m", model or self.model, "--device", "cpu"]
        code = run(cli, [self.command, *arguments, *options])
        self.out, self.said = self.capsys.readouterr()
        return code

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of ``--json``."""
        return [json.loads(line) for line in self.out.splitlines()]
