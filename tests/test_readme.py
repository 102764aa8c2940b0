"""The README tells the truth: its commands work, and what the pages show of ``--help`` is what ``--help`` says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from srgan.cli import COMMANDS, cli

REPOSITORY = Path(__file__).resolve().parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXCERPTS = [
    found
    for page in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    for found in re.findall(
        r"^<!-- srgan ([\w ]+) --help -->\n```text\n(.*?)^```$",
        page.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
]


def test_ci_runs_the_test_command() -> None:
    blocks = [text for language, text in BLOCKS if language == "sh" and "pytest" in text]
    assert len(blocks) == 1
    parts = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").split("# ----\n")
    assert parts[1] == blocks[0]


def test_the_first_block_installs_and_upscales_the_examples() -> None:
    lines = next(text for language, text in BLOCKS if language == "sh").splitlines()
    assert lines[-1] == ".venv/bin/srgan upscale examples/"
    assert lines[:-1] == [
        "python3 -m venv .venv",
        ".venv/bin/pip install --quiet -c constraints.txt .",
    ]


def test_every_command_is_shown() -> None:
    shown = set(re.findall(r"(?:^|`|bin/)srgan (\w+)", README, re.MULTILINE))
    assert shown == set(COMMANDS)


def test_excerpts_are_shown() -> None:
    assert "upscale" in [name for name, _ in EXCERPTS]


@pytest.mark.parametrize(("name", "excerpt"), EXCERPTS)
def test_help_says_what_the_excerpt_says(name: str, excerpt: str) -> None:
    """Line by line and in order; a line of three dots stands for what is left out."""
    result = CliRunner().invoke(cli, [*name.split(), "--help"], prog_name="srgan", terminal_width=100)
    lines = iter(result.output.splitlines())
    for expected in excerpt.splitlines():
        assert expected.strip() == "..." or expected in lines, expected


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it, in which the README's commands run."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_are_upscaled(copy: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "srgan", "upscale", "examples/"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pictures = [path for path in (copy / "examples").iterdir() if path.suffix != ".md"]
    assert len(pictures) >= 3
    for path in pictures:
        with Image.open(path) as small, Image.open(copy / "examples_x4" / path.name) as large:
            assert large.size == (4 * small.width, 4 * small.height)
            assert large.mode == small.mode


@pytest.mark.parametrize("code", [text for language, text in BLOCKS if language == "python"])
def test_python_examples_run(code: str, copy: Path, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=copy, env=environment, check=True)


def test_the_network_in_contributing_works() -> None:
    import torch

    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "srgan.networks.plain"}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    network = names["Plain"](scale=3)
    assert network(torch.rand(2, 3, 5, 7)).shape == (2, 3, 15, 21)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (REPOSITORY / target).exists(), target


def test_shown_files_exist() -> None:
    for target in re.findall(r"\b(?:runs|examples)/[\w/-]+\.\w+", README):
        assert (REPOSITORY / target).exists(), target
