"""What imports cost: nothing heavy until it is needed, and never torch where models are only run."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
HEAVY = ("PIL", "numpy", "onnx", "onnxruntime", "openvino", "pydantic", "pyvips", "rich", "torch")
TRAINING_LIBRARIES = ("torch", "torchvision", "kornia", "albumentations", "lpips")
ENGINES = ("onnxruntime", "openvino", "torch")
COMMANDS = sorted(path.stem for path in (REPOSITORY / "srgan" / "cli").glob("*.py") if path.stem != "__init__")
SERVING = [
    name
    for name in ("files", "images", "text", "runtime", "zoo", "batch", "serving")
    if (REPOSITORY / "srgan" / name / "__init__.py").exists()
]


def _python(code: str, environment: dict[str, str], *, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment, cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import srgan, srgan.errors",
        "from srgan.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0",
    ],
    ids=["import", "help"],
)
def test_loads_nothing_heavy(code: str, environment: dict[str, str]) -> None:
    report = "import sys\nprint('modules:', *sorted(sys.modules))"
    modules = _python(f"{code}\n{report}", environment).rpartition("modules: ")[2].split()
    assert "srgan" in modules
    assert not set(modules) & set(HEAVY)
    assert "srgan.cli.upscale" not in modules


@pytest.mark.parametrize("command", COMMANDS)
def test_command_modules_load_no_engine(command: str, environment: dict[str, str]) -> None:
    modules = _python(f"import sys, srgan.cli.{command}\nprint(*sys.modules)", environment).split()
    assert f"srgan.cli.{command}" in modules
    assert not set(modules) & set(ENGINES)


@pytest.mark.parametrize("package", SERVING)
def test_serving_side_imports_without_the_training_libraries(package: str, environment: dict[str, str]) -> None:
    code = f"""
import importlib, pkgutil, sys
for name in {TRAINING_LIBRARIES}:
    sys.modules[name] = None
package = importlib.import_module("srgan.{package}")
for module in pkgutil.walk_packages(package.__path__, "srgan.{package}."):
    importlib.import_module(module.name)
"""
    _python(code, environment)


def test_the_serving_side_is_there() -> None:
    assert {"files", "images", "text", "runtime", "zoo", "batch"} <= set(SERVING)


def test_upscaling_never_imports_torch(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"""
import sys
from srgan.cli import main
try:
    main(["upscale", {str(REPOSITORY / "examples" / "cat.png")!r}, "-m", "bicubic", "-s", "2", "-o", "out"])
except SystemExit as end:
    assert end.code == 0, end.code
assert "numpy" in sys.modules
assert not set(sys.modules) & set({TRAINING_LIBRARIES})
"""
    _python(code, environment, cwd=tmp_path)


def test_checking_and_preparing_data_never_imports_torch(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"""
import sys
from srgan.cli import main
for name in {TRAINING_LIBRARIES}:
    sys.modules[name] = None
examples = {str(REPOSITORY / "examples")!r}
for command, *options in (["check", "--patch", "8"], ["make-lr", "-o", "low"], ["pack", "-o", "cache"]):
    try:
        main(["data", command, examples, *options])
    except SystemExit as end:
        assert end.code == 0, (command, end.code)
"""
    _python(code, environment, cwd=tmp_path)


def test_public_names_are_the_real_ones(environment: dict[str, str]) -> None:
    code = """
import srgan, srgan.runtime, srgan.zoo
assert srgan.upscale is srgan.zoo.upscale
assert srgan.translate is srgan.zoo.translate
assert srgan.generate is srgan.zoo.generate
assert srgan.load_model is srgan.zoo.load_model
assert srgan.Model is srgan.runtime.Model
assert set(srgan.__all__) <= set(dir(srgan))
"""
    _python(code, environment)


def test_unknown_names_are_attribute_errors() -> None:
    import srgan

    with pytest.raises(AttributeError, match="upscael"):
        srgan.upscael  # noqa: B018


def test_import_takes_less_than_50_ms_over_bare_python(environment: dict[str, str]) -> None:
    def seconds(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        return time.perf_counter() - start

    # The least of several: what else runs on the machine only ever adds.
    pairs = [(seconds("pass"), seconds("import srgan")) for _ in range(10)]
    bare, with_srgan = (min(column) for column in zip(*pairs, strict=True))
    assert with_srgan - bare < 0.050
