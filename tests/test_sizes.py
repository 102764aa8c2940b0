"""A source file is one idea: hard limits on the lines of files and functions, and no grab-bags."""

import ast
from pathlib import Path

FILE_LINES, FUNCTION_LINES = 350, 75
GRAB_BAGS = {"base", "common", "helpers", "misc", "util", "utils"}


def _sources(repository: Path) -> list[Path]:
    return sorted(path for folder in ("srgan", "pipelines", "export") for path in (repository / folder).rglob("*.py"))


def test_files_are_short(repository: Path) -> None:
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _sources(repository)}
    assert lines
    assert not {path: count for path, count in lines.items() if count > FILE_LINES}


def test_scripts_of_pages_are_short(repository: Path) -> None:
    lines = {
        str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in (repository / "srgan").rglob("*.js")
    }
    assert lines
    assert not {path: count for path, count in lines.items() if count > FILE_LINES}


def test_functions_are_short(repository: Path) -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in _sources(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_no_grab_bags(repository: Path) -> None:
    assert not [path for path in _sources(repository) if GRAB_BAGS & {path.stem, path.parent.name}]
