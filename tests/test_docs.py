"""The pages of docs/ tell the truth: commands are run or at least parsed, figures are those of the report."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.zoo import list_models
from tests.documents import Block, blocks, command_lines, parse, simple_commands, srgan_words

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.glob("*.md"))
SHELL = [
    *PAGES, REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *REPOSITORY.glob("export/**/*.md"),
    *REPOSITORY.glob("runs/*.md"),
]  # fmt: skip
TRIED = [page for page in PAGES if any(block.run for block in blocks(page, "sh"))]
SMALLER = [
    *("train.steps=4", "train.batch=2", "train.warmup=1", "train.ema=0.5"),
]
"""What makes a training short: everything else is as the page has it."""


def _lines() -> Iterator[tuple[str, str]]:
    for page in SHELL:
        for block in blocks(page, "sh"):
            for line in command_lines(block.text):
                yield str(page.relative_to(REPOSITORY)), line


@pytest.mark.parametrize(("page", "line"), [(page, line) for page, line in _lines() if "srgan" in line])
def test_commands_are_understood(page: str, line: str) -> None:
    for words in simple_commands(line):
        arguments = srgan_words(words)
        if arguments is not None:
            parse(arguments)


@pytest.mark.parametrize(
    "wrong",
    [["upscale", "a.png", "--sharper"], ["data", "weigh"], ["upscale"], ["upscale", "a.png", "--device", "tpu"]],
)
def test_wrong_commands_are_noticed(wrong: list[str]) -> None:
    with pytest.raises(click.ClickException):
        parse(wrong)


@pytest.mark.parametrize(("page", "line"), [(page, line) for page, line in _lines() if "python" in line])
def test_programs_have_their_options(page: str, line: str) -> None:
    """Programs outside of the package exist, and their folder names every option that is shown."""
    for words in simple_commands(line):
        if not words[0].endswith("python"):
            continue
        if words[1] != "-m":
            source = REPOSITORY / words[1]
        elif words[2] in {"venv", "pip", "pytest"}:
            continue
        else:
            source = REPOSITORY.joinpath(*words[2].split(".")).with_suffix(".py")
        # Programs of a folder share their options in modules beside them.
        text = "".join(file.read_text(encoding="utf-8") for file in [source, *source.parent.rglob("*.py")])
        for flag in (word for word in words[2:] if word.startswith("--")):
            assert f'"{flag}"' in text, f"{source.name} has no {flag}"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader would have it: the examples, the run files, and photographs of their own."""
    for name in ("examples", "runs"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    random = np.random.default_rng(0)
    for number, side in enumerate([*["train"] * 5, "valid"]):
        coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8))
        path = tmp_path / "photos" / side / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse.resize((192, 160 + 4 * number), Image.Resampling.BICUBIC).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _try(line: str, desk: Path, environment: dict[str, str]) -> int:
    """Run a line; commands of srgan in this process, which spares the start."""
    before = {name: value for name, _, value in (word.partition("=") for word in shlex.split(line)) if name.isupper()}
    for words in simple_commands(line):
        arguments = srgan_words(words)
        if arguments is None:
            program = [sys.executable, *words[1:]] if words[0].startswith("python") else words
            code = subprocess.run(program, cwd=desk, env=environment, check=False).returncode
        else:
            if arguments[0] == "train" and "--new" not in arguments:
                arguments = [*arguments, *(word for change in SMALLER for word in ("--set", change))]
            with pytest.MonkeyPatch.context() as patch:
                for name, value in before.items():
                    patch.setenv(name, value)
                code = run(cli, arguments)
        if code:
            return code
    return 0


@pytest.mark.parametrize("page", TRIED, ids=lambda page: page.stem)
def test_what_is_to_be_tried_works(page: Path, desk: Path, environment: dict[str, str]) -> None:
    """All blocks of a page in their order; what a comment promises after an arrow is there afterwards."""
    for block in blocks(page, "sh"):
        for line in command_lines(block.text) if block.run else []:
            assert _try(line, desk, environment) == 0, line
            for promised in re.findall(r"# -> (\S+)", line):
                assert (desk / promised).exists(), line


@pytest.mark.parametrize("code", [block for page in PAGES for block in blocks(page, "python")])
def test_python_examples_run(code: Block, desk: Path, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code.text], cwd=desk, env=environment, check=True)


@pytest.mark.parametrize("shown", [block for page in SHELL for block in blocks(page, "toml")])
def test_run_files_are_valid(shown: Block, tmp_path: Path) -> None:
    """What is shown of a run file, laid over an example."""
    from srgan.training import load_run

    for path in (REPOSITORY / "runs").glob("*.toml"):
        shutil.copy(path, tmp_path)
    text = shown.text
    if "extends" not in text and "task" not in text:
        text = f'extends = "x4_compact.toml"\n{text}'
    (tmp_path / "shown.toml").write_text(text, encoding="utf-8")
    assert load_run(tmp_path / "shown.toml").steps > 0


def test_every_page_is_reached_from_the_index() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w./-]+\.md)[)#]", text))
    assert {page.name for page in PAGES} - {"README.md"} <= linked


@pytest.mark.parametrize("page", [*PAGES, DOCS / "benchmarks" / "report.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target, _, place in (
        link.partition("#") for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8"))
    ):
        file = page.parent / target if target else page
        assert file.exists(), target
        if place:
            heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, place


def test_every_picture_is_shown() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in [*PAGES, REPOSITORY / "README.md"])
    for picture in DOCS.rglob("*"):
        if picture.suffix in (".png", ".webp", ".jpg", ".svg"):
            assert f"{picture.relative_to(DOCS).as_posix()})" in text, picture.name


def test_every_run_file_is_explained() -> None:
    text = (DOCS / "recipes.md").read_text(encoding="utf-8")
    assert {path.name for path in REPOSITORY.glob("runs/*.toml")} == set(re.findall(r"\| `(\w+\.toml)` \|", text))


def test_the_reference_is_that_of_the_code() -> None:
    specification = util.spec_from_file_location("make_api", DOCS / "make_api.py")
    assert specification is not None
    assert specification.loader is not None
    module = util.module_from_spec(specification)
    specification.loader.exec_module(module)
    shown = (DOCS / "api.md").read_text(encoding="utf-8")
    assert shown == module.api_page(), "run: python docs/make_api.py"


def test_the_tables_are_those_of_the_report() -> None:
    """README, benchmarks.md and the report of `srgan evaluate` say the same."""
    rows = json.loads((DOCS / "benchmarks" / "report.json").read_text(encoding="utf-8"))
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    ours = {entry.name for entry in list_models()} | {"bicubic"}
    for name in sorted({row["model"] for row in rows}):
        five, fourteen = (
            {row["dataset"]: row for row in rows if row["model"] == name}[set_] for set_ in ("Set5", "Set14")
        )
        cells = [f"{five['psnr_y']:.2f}", f"{five['ssim_y']:.4f}", f"{five['lpips']:.3f}"]
        cells += [f"{fourteen['psnr_y']:.2f}", f"{fourteen['ssim_y']:.4f}", f"{fourteen['lpips']:.3f}"]
        cells += [f"{fourteen['grid']:+.2f}", f"{fourteen['consistency']:.1f}"]
        assert f"| `{name}` | {' | '.join(cells)} |" in page
        if name in ours:
            lpips = f"{fourteen['lpips']:.3f}".removeprefix("0")
            assert f"| {five['psnr_y']:.2f} dB | {fourteen['psnr_y']:.2f} dB | {lpips} |" in readme
