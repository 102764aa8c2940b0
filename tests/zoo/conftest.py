"""An index with one small model, as if it were packaged."""

import hashlib
from pathlib import Path

import pytest

import srgan.zoo.index
import srgan.zoo.loading
from tests.runtime import translators
from tests.runtime.networks import described


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Path of the index."""
    content = described(2, name="x2-tiny")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/x2-tiny.onnx").write_bytes(content)
    (tmp_path / "models/x2-tiny.md").write_text("# x2-tiny\n\nFor tests.\n")
    path = tmp_path / "index.toml"
    path.write_text(
        "[[model]]\n"
        'name = "x2-tiny"\n'
        'file = "models/x2-tiny.onnx"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        'card = "models/x2-tiny.md"\n'
        "scale = 2\n"
        'licence = "CC0-1.0"\n'
        'summary = "for tests"\n'
    )
    return path


@pytest.fixture
def packaged(index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same index in the place of the package's own."""
    for function in (srgan.zoo.index.list_models, srgan.zoo.index.find, srgan.zoo.index.scale_defaults):
        monkeypatch.setattr(function, "__defaults__", (index,))
    monkeypatch.setattr(srgan.zoo.index.default_model, "__defaults__", (None, index))
    monkeypatch.setattr(srgan.zoo.loading.load, "__kwdefaults__", {**_keywords(), "index": index})
    return index


@pytest.fixture
def with_translator(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The index in the place of the package's own, with a translation model as the default of its command."""
    content = translators.described(name="swap")
    (packaged.parent / "models/swap.onnx").write_bytes(content)
    with packaged.open("a") as file:
        file.write(
            "[[model]]\n"
            'name = "swap"\n'
            'file = "models/swap.onnx"\n'
            f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
            'card = "models/x2-tiny.md"\n'
            'task = "paired_translation"\n'
            "scale = 1\n"
            'licence = "CC0-1.0"\n'
            'summary = "for tests too"\n'
        )
    monkeypatch.setitem(srgan.zoo.index.DEFAULTS, "translate", "swap")
    return packaged


def add_model(index: Path, name: str, *, scale: int = 2, more: str = "") -> None:
    """Put another model into an index.

    Args:
        index: path of it.
        name: of the model.
        scale: of the network.
        more: further lines of its table.
    """
    content = described(scale, name=name, seed=1)
    (index.parent / f"models/{name}.onnx").write_bytes(content)
    with index.open("a") as file:
        file.write(
            f'[[model]]\nname = "{name}"\nfile = "models/{name}.onnx"\ncard = "models/x2-tiny.md"\n'
            f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nscale = {scale}\nlicence = "CC0-1.0"\n'
            f'summary = "for tests"\n{more}\n'
        )


def _keywords() -> dict[str, object]:
    defaults = srgan.zoo.loading.load.__kwdefaults__
    assert defaults is not None
    return dict(defaults)
