"""Are the packages there, whole, new enough, and only once?"""

import importlib
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from srgan.doctor.finding import Finding
from srgan.errors import UsageError

__all__ = ["check_constraints", "check_formats", "check_onnxruntime", "check_requirements"]

_RUNTIMES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml", "ort-nightly")
_FORMATS = {"jpg": "JPEG", "zlib": "PNG", "webp": "WebP", "libtiff": "TIFF", "littlecms2": "colour profiles"}
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)")


def check_onnxruntime() -> Iterator[Finding]:
    """Exactly one build of ONNX Runtime: all of them put their files into one folder, and the last one wins."""
    found = [name for name in _RUNTIMES if _version(name) is not None]
    if len(found) > 1:
        keep = "onnxruntime-gpu" if "onnxruntime-gpu" in found else found[0]
        yield Finding(
            "onnxruntime",
            "problem",
            f"{' and '.join(found)} are installed over each other; which of them runs is chance",
            f"pip uninstall -y {' '.join(found)} && pip install --force-reinstall {keep}",
        )
        return
    try:
        version = importlib.import_module("onnxruntime").__version__
    except (ImportError, AttributeError, OSError) as error:
        keep = found[0] if found else "onnxruntime-gpu"
        yield Finding(
            "onnxruntime",
            "problem",
            f"cannot be imported ({_first_line(error)})",
            f"pip install --force-reinstall {keep}",
        )
        return
    yield Finding("onnxruntime", "ok", f"{found[0] if found else 'onnxruntime'} {version}")


def check_requirements() -> Iterator[Finding]:
    """What srgan needs is installed, in versions that it can use."""
    try:
        wanted = metadata.requires("srgan") or []
    except metadata.PackageNotFoundError:
        yield Finding("requirements", "note", "srgan runs from a checkout and is not installed", "pip install -e .")
        return
    from packaging.requirements import Requirement

    wrong = []
    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = _version(requirement.name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            wrong.append((requirement.name, str(requirement.specifier), version))
    for name, specifier, version in wrong:
        detail = f"{name} {version} is installed" if version else f"{name} is missing"
        wish = f"{name}{specifier}"
        yield Finding("requirements", "problem", f"{detail}, {wish} is needed", f"pip install '{wish}'")
    if not wrong:
        yield Finding("requirements", "ok", "every package that srgan needs is there, and new enough")


def check_constraints(file: Path) -> Iterator[Finding]:
    """Installed versions against those that were tested together.

    Args:
        file: lines of ``name==version``.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the constraints {file} cannot be read: {error}") from None
    pins = [pin.groups() for line in lines if (pin := _PIN.match(line))]
    others = [(name, pin, version) for name, pin in pins if (version := _version(name)) not in (None, pin)]
    if not others:
        yield Finding("constraints", "ok", f"every installed package has the version of {file}")
        return
    shown = ", ".join(f"{name} {version} (tested: {pin})" for name, pin, version in others[:8])
    more = f" and {len(others) - 8} more" if len(others) > 8 else ""
    names = " ".join(f"{name}=={pin}" for name, pin, _ in others)
    yield Finding("constraints", "note", f"other versions than those tested: {shown}{more}", f"pip install {names}")


def check_formats() -> Iterator[Finding]:
    """Pillow and libvips read what srgan reads."""
    repair = "pip install --force-reinstall --no-cache-dir 'Pillow>=12.3'"
    try:
        features = importlib.import_module("PIL.features")
        missing = [label for feature, label in _FORMATS.items() if not features.check(feature)]
    except (ImportError, OSError) as error:
        yield Finding("Pillow", "problem", f"cannot be imported ({_first_line(error)})", repair)
    else:
        if missing:
            yield Finding("Pillow", "problem", f"was built without {', '.join(missing)}", repair)
        else:
            yield Finding("Pillow", "ok", f"{_version('Pillow')}: {', '.join(_FORMATS.values())}")
    try:
        importlib.import_module("pyvips")
    except (ImportError, OSError) as error:
        repair = "pip install --force-reinstall 'pyvips[binary]'"
        yield Finding("libvips", "problem", f"cannot be loaded ({_first_line(error)}): 16-bit colour needs it", repair)
    else:
        yield Finding("libvips", "ok", f"pyvips {_version('pyvips')}")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
