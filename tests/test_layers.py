"""The import law: which part of the package may import which (the table below is the law)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_SHARED = {"files", "images", "text"}
_SIBLINGS = {"networks", "adversarial", "losses", "data", "metrics"}

LAW: dict[str, set[str]] = {
    # The serving side: each imports only what stands before it.
    "files": set(),
    "images": {"files"},
    "text": {"files"},
    "runtime": {*_SHARED},
    "zoo": {*_SHARED, "runtime"},
    "batch": {*_SHARED, "runtime", "zoo"},
    "serving": {*_SHARED, "runtime", "zoo", "batch"},
    "doctor": {*_SHARED, "runtime", "zoo"},
    # The training side.
    "config": {*_SHARED},
    "features": {*_SHARED},
    **{name: {*_SHARED, "config", "features"} for name in _SIBLINGS},
    "tasks": {*_SHARED, "config", "features", *_SIBLINGS},
    # Trainings begin with packaged models and exported files.
    "training": {*_SHARED, "config", "features", *_SIBLINGS, "tasks", "runtime", "zoo"},
    "exporting": {*_SHARED, "config", "features", *_SIBLINGS, "tasks", "training", "runtime"},
    # Judging.
    "reports": {"files", "images"},
    "evaluation": {*_SHARED, "runtime", "zoo", "metrics", "reports"},
}
SERVING = ("files", "images", "text", "runtime", "zoo", "batch", "serving", "doctor")
TRAINING_LIBRARIES = {"torch", "torchvision", "kornia", "albumentations", "lpips"}
PROGRAMS = {"pipelines", "export", "benchmarks", "tests"}
OPENVINO_HOME = "srgan.runtime.openvino_session"

LAW["cli"] = {*LAW}
LAW["__main__"] = {"cli"}
LAW["__init__"] = {"runtime", "serving", "zoo"}
LAW["errors"] = set()


def _imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[str, int]]:
    """Every imported module with its line, wherever in the file the import stands; relative names resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")
            parents = parents[: len(parents) - node.level + is_package] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            # `from srgan import images` names a part in its second half.
            names = [f"{source}.{alias.name}" for alias in node.names] if source == "srgan" else [source]
            yield from ((name, node.lineno) for name in names)


def violations(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What breaks the law in the module of this name, a sentence each."""
    part = [*module.split("."), "__init__"][1]
    if part not in LAW:
        return [f"{module}: the law has no line for srgan.{part}"]
    found = []
    for name, line in _imported(ast.parse(source), module, is_package):
        first, *rest = name.split(".")
        where = f"{module}:{line} imports {name}"
        if first == "srgan":
            target = rest[0] if rest else ""
            if target in LAW and target not in {part, "errors", "__init__", *LAW[part]}:
                found.append(where)
        elif (
            first in PROGRAMS
            or (first in TRAINING_LIBRARIES and part in SERVING)
            or (first == "openvino" and module != OPENVINO_HOME)
        ):
            found.append(where)
    return found


def _modules(repository: Path) -> Iterator[tuple[str, str, bool]]:
    for path in sorted((repository / "srgan").rglob("*.py")):
        parts = path.relative_to(repository).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        yield name, path.read_text(encoding="utf-8"), is_package


def test_every_import_obeys_the_law(repository: Path) -> None:
    found = [
        line
        for module, source, is_package in _modules(repository)
        for line in violations(module, source, is_package=is_package)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("srgan.files.walk", "from srgan.images import read"),
        ("srgan.images.read", "from srgan import runtime"),
        ("srgan.images.read", "def f():\n    import torch.nn"),
        ("srgan.runtime.session", "from ..zoo import find"),
        ("srgan.runtime.session", "import openvino as ov"),
        ("srgan.losses.pixel", "import srgan.networks.blocks"),
        ("srgan.training.trainer", "from srgan.exporting import export"),
        ("srgan.training.trainer", "from srgan.cli import main"),
        ("srgan.batch.job", "from pipelines.folder import run"),
        ("srgan.unheard_of.part", ""),
    ],
)
def test_the_law_notices(module: str, source: str) -> None:
    assert violations(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("srgan.images.read", "from srgan.errors import PictureError\nfrom srgan.files import atomic_write"),
        ("srgan.runtime.session", "from .metadata import ModelMetadata"),
        ("srgan.exporting.onnx", "import torch\nfrom srgan.runtime import load_model"),
        (OPENVINO_HOME, "import openvino"),
    ],
)
def test_the_law_allows(module: str, source: str) -> None:
    assert not violations(module, source)


def test_openvino_is_imported_with_its_telemetry_shut(repository: Path) -> None:
    tree = ast.parse((repository / f"{OPENVINO_HOME.replace('.', '/')}.py").read_text(encoding="utf-8"))
    imports = [
        line for name, line in _imported(tree, OPENVINO_HOME, is_package=False) if name.split(".")[0] == "openvino"
    ]
    shut = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "sys.modules['openvino_telemetry']"
        and ast.unparse(node.value) == "None"
    ]
    assert shut, "nothing keeps openvino from sending telemetry"
    assert min(shut) < min(imports)


def test_programs_import_the_package_and_never_each_other(repository: Path) -> None:
    """A program that outgrows a file has a folder of parts beside it."""
    for folder in ("pipelines", "export"):
        parts = {f"{folder}.{path.name}" for path in (repository / folder).iterdir() if path.is_dir()}
        for path in sorted((repository / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for name, line in _imported(tree, f"{folder}.{path.stem}", is_package=False):
                own = ".".join(name.split(".")[:2]) in parts
                assert own or name.split(".")[0] not in PROGRAMS, f"{path}:{line} imports {name}"
