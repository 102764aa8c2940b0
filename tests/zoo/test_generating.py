import hashlib
from pathlib import Path

import pytest

import srgan
from srgan.errors import ModelError, UsageError
from srgan.zoo import generate, load
from tests.runtime.makers import SIZE, described


@pytest.fixture
def with_maker(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The index in the place of the package's own, with a model of texts as the default of its command."""
    content = described(name="words")
    (packaged.parent / "models/words.onnx").write_bytes(content)
    with packaged.open("a") as file:
        file.write(
            "[[model]]\n"
            'name = "words"\n'
            'file = "models/words.onnx"\n'
            f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
            'card = "models/x2-tiny.md"\n'
            'task = "text_to_image"\n'
            "scale = 1\n"
            'licence = "CC0-1.0"\n'
            'summary = "for tests as well"\n'
        )
    monkeypatch.setitem(srgan.zoo.index.DEFAULTS, "generate", "words")
    return packaged


def test_models_by_name_by_path_and_loaded_are_the_same(with_maker: Path) -> None:
    (by_name,) = srgan.generate("a red apple", model="words", device="cpu")
    assert by_name.shape == (SIZE, SIZE, 3)
    for model in (None, with_maker.parent / "models/words.onnx", load("words", device="cpu", command="generate")):
        assert (generate("a red apple", model, device="cpu")[0] == by_name).all()
    assert (srgan.load_model("words", device="cpu").generate("a red apple")[0] == by_name).all()


def test_several_texts_and_pictures(with_maker: Path) -> None:
    both = generate(["one", "two"], count=2, seed=4, truncation=0.9, device="cpu")
    assert len(both) == 4
    assert (generate("two", count=2, seed=4, truncation=0.9, device="cpu")[1] == both[3]).all()


def test_classes(tmp_path: Path) -> None:
    (tmp_path / "pets.onnx").write_bytes(described("class"))
    assert len(generate(model=tmp_path / "pets.onnx", label="cat", count=3, device="cpu")) == 3


def test_what_is_refused(with_maker: Path) -> None:
    with pytest.raises(UsageError, match="the text is empty"):
        generate(" ", device="cpu")
    with pytest.raises(ModelError, match="use srgan upscale"):
        generate("a", "x2-tiny", device="cpu")
    with pytest.raises(ModelError, match=r"no model 'word'; did you mean 'words'\? models: words;"):
        generate("a", "word", device="cpu")
