"""Kinds of parts: registered ones by their name, private ones by their place and only where a person asked for them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from srgan.config import Section, allow_part, check_part, find_part
from srgan.config.registry import _allowed
from srgan.errors import UsageError

REGISTRY: dict[str, Callable[..., Any]] = {"section": Section}

MODULE = """
class Own:
    def __init__(self, *, width: int = 3):
        self.width = width

class Odd:
    def __init__(self, *, width: "Nowhere" = 3):
        pass

NUMBER = 5
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "private_parts_of_mine.py").write_text(MODULE)
    (tmp_path / "failing_parts_of_mine.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    before = dict(_allowed)
    yield "private_parts_of_mine"
    _allowed.clear()
    _allowed.update(before)
    for name in ("private_parts_of_mine", "failing_parts_of_mine"):
        sys.modules.pop(name, None)


def test_a_private_part_is_checked_like_any_other(module: str) -> None:
    functions: dict[str, Callable[..., Any]] = {"len": len}
    table = {"kind": f"{module}:Own", "width": 7}
    assert check_part(functions, table, source="run.toml", key="loss[0]", private=True) == {"width": 7}
    assert find_part(functions, f"{module}:Own", key="loss[0].kind")(width=2).width == 2
    with pytest.raises(UsageError, match=r"run\.toml: loss\[0\]\.widht: there is no such option; did you mean 'width'"):
        check_part(functions, {"kind": f"{module}:Own", "widht": 7}, source="run.toml", key="loss[0]", private=True)


def test_nothing_is_imported_for_what_nobody_asked_for(module: str) -> None:
    for look_up in (
        lambda: find_part(REGISTRY, f"{module}:Own", key="generator.kind"),
        lambda: check_part(REGISTRY, {"kind": f"{module}:Own"}, source="model.safetensors", key="generator"),
    ):
        with pytest.raises(UsageError, match=r"generator\.kind: .* is a part of somebody's own.*--part "):
            look_up()
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nowhere_at_all:Own", r"the module 'nowhere_at_all' cannot be imported \(ModuleNotFoundError.*PYTHONPATH"),
        ("failing_parts_of_mine:Own", r"cannot be imported \(ZeroDivisionError"),
        ("private_parts_of_mine:Missing", "has no class or function 'Missing'"),
        ("private_parts_of_mine:NUMBER", "has no class or function 'NUMBER'"),
        ("private_parts_of_mine:Own", "is no srgan Section"),
        ("private_parts_of_mine:Own()", r"is written package\.module:Name"),
        ("../private_parts_of_mine:Own", r"is written package\.module:Name"),
        ("private_parts_of_mine:Odd", "cannot be read: name 'Nowhere' is not defined|is no srgan Section"),
    ],
)
def test_a_wrong_private_part_is_explained(module: str, kind: str, words: str) -> None:
    with pytest.raises(UsageError, match=rf"run\.toml: generator\.kind: .*({words})"):
        check_part(REGISTRY, {"kind": kind}, source="run.toml", key="generator", private=True)


def test_a_signature_that_says_nothing(module: str) -> None:
    with pytest.raises(UsageError, match=r"generator\.kind: the arguments of .* cannot be read: name 'Nowhere'"):
        check_part({"len": len}, {"kind": f"{module}:Odd"}, source="run.toml", key="generator", private=True)


def test_a_name_that_is_misspelt_is_no_place() -> None:
    with pytest.raises(UsageError, match=r"generator\.kind: there is no 'sektion'; did you mean 'section'"):
        check_part(REGISTRY, {"kind": "sektion"}, source="run.toml", key="generator", private=True)
    with pytest.raises(UsageError, match=r"--part: .* is written package\.module:Name"):
        allow_part("section", key="--part")
