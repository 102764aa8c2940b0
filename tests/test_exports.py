"""Every package says what it offers: ``__all__`` is complete, sorted, and every name in it exists."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = sorted(
    ".".join(path.parent.relative_to(REPOSITORY).parts) for path in (REPOSITORY / "srgan").rglob("__init__.py")
)


def _public(package: str) -> Iterator[str]:
    """The public names that the package's ``__init__`` defines, or takes from the package's own modules."""
    path = REPOSITORY.joinpath(*package.split("."), "__init__.py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ImportFrom) and (node.level or f"{node.module}.".startswith(f"{package}.")):
            yield from (alias.asname or alias.name for alias in node.names)


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that the linter asks for."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_complete_sorted_and_true(package: str) -> None:
    module = import_module(package)
    names = list(module.__all__)
    assert names == sorted(set(names), key=_order)
    assert {name for name in _public(package) if not name.startswith("_")} <= set(names)
    for name in names:
        assert hasattr(module, name), name


def test_there_are_packages() -> None:
    assert {"srgan", "srgan.cli", "srgan.images", "srgan.runtime"} <= set(PACKAGES)
