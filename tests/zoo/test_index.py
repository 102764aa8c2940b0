import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from srgan.errors import ModelError
from srgan.runtime import read_file
from srgan.zoo import DEFAULT, DEFAULTS, default_model, find, list_models, load, scale_defaults
from srgan.zoo.loading import is_path, keep_loaded
from tests.zoo.conftest import add_model


def test_the_entry_has_whole_paths(index: Path) -> None:
    (entry,) = list_models(index)
    assert (entry.name, entry.scale, entry.licence) == ("x2-tiny", 2, "CC0-1.0")
    assert entry.file == index.parent / "models/x2-tiny.onnx"
    assert entry.card.read_text().startswith("# x2-tiny")


@pytest.mark.parametrize("name", ["x2-tiny", "X2-Tiny"])
def test_a_model_is_loaded_by_its_name(index: Path, name: str) -> None:
    model = load(name, index=index, device="cpu")
    assert (model.name, model.scale) == ("x2-tiny", 2)
    assert model.sha256 == find("x2-tiny", index).sha256


@pytest.mark.parametrize(
    ("name", "hint"), [("x2-tinny", "x2-tiny"), ("tiny", "x2-tiny"), ("bicubc", "bicubic"), ("bicubic2", "bicubic")]
)
def test_a_misspelt_name_gets_a_suggestion_and_the_list(index: Path, name: str, hint: str) -> None:
    with pytest.raises(ModelError, match=rf"no model '{name}'; did you mean '{hint}'\?.*x2-tiny, bicubic"):
        load(name, index=index)


def test_a_strange_name_gets_the_list(index: Path) -> None:
    with pytest.raises(ModelError, match=r"no model 'qqqq'; models: x2-tiny, bicubic; .*\./model\.onnx"):
        load("qqqq", index=index)


def test_a_changed_byte_is_refused(index: Path) -> None:
    path = index.parent / "models/x2-tiny.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"x2-tiny\.onnx is damaged.*sha256"):
        load("x2-tiny", index=index)


def test_a_missing_file_is_named(index: Path) -> None:
    (index.parent / "models/x2-tiny.onnx").unlink()
    with pytest.raises(ModelError, match=r"there is no model file .*x2-tiny\.onnx"):
        load("x2-tiny", index=index)


@pytest.mark.parametrize("text", ["[[model]]\nname = 3\n", "not toml", '[[model]]\nname = "a"\ncolour = 1\n'])
def test_a_damaged_index_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.toml").write_text(text)
    with pytest.raises(ModelError, match=r"index\.toml, is damaged"):
        list_models(tmp_path / "index.toml")


def test_bicubic_needs_no_file() -> None:
    model = load("bicubic")
    assert model.session is None
    assert model.upscale(np.zeros((2, 3, 3), np.uint8)).shape == (8, 12, 3)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        *[("x4-fidelity", False), ("x4", False), ("bicubic", False), ("x4.1", False)],
        *[("./a", True), ("a.onnx", True), ("b/c", True), (Path("a"), True), ("weights.pth", True)],
    ],
)
def test_what_is_a_path(model: str | Path, path: bool) -> None:
    assert is_path(model) == path


def test_paths_and_checkpoints(index: Path) -> None:
    assert load(index.parent / "models/x2-tiny.onnx", device="cpu").scale == 2
    with pytest.raises(ModelError, match="srgan export"):
        load("checkpoint/model.safetensors")


def test_every_packaged_model_is_whole() -> None:
    """True for an empty index too; it guards what is added."""
    for entry in list_models():
        file = read_file(entry.file, sha256=entry.sha256)
        assert file.metadata is not None
        assert (file.metadata.name, file.metadata.scale) == (entry.name, entry.scale)
        assert file.metadata.task == entry.task
        assert file.metadata.licence == entry.licence
        assert "research only" not in entry.licence
        assert hashlib.sha256(entry.file.read_bytes()).hexdigest() == entry.sha256
        assert entry.bytes == entry.file.stat().st_size
        card = entry.card.read_text(encoding="utf-8")
        assert len(card) > 200
        assert entry.training_data.partition(" ")[0] in card
        assert entry.protocol
        assert entry.metrics
        rows = [line for line in card.splitlines() if line.startswith("|")]
        for pictures, figures in entry.metrics.items():
            # Written with as many digits as there.
            numbers = [rf"\b{re.escape(f'{figure:g}')}0*\b" for figure in figures.values()]
            assert any(pictures in row and all(re.search(number, row) for number in numbers) for row in rows), pictures


def test_the_defaults_have_names() -> None:
    assert DEFAULT == "x4"
    assert DEFAULTS == {"upscale": DEFAULT, "translate": "emoji-colour", "generate": "emoji-text"}


def test_each_command_has_its_models(with_translator: Path) -> None:
    entries = {entry.name: entry.command for entry in list_models()}
    assert entries == {"x2-tiny": "upscale", "swap": "translate"}
    assert load(device="cpu", command="translate").name == "swap"
    assert load("swap", device="cpu", command=None).name == "swap"
    with pytest.raises(ModelError, match="use srgan translate"):
        load("swap", device="cpu")
    with pytest.raises(ModelError, match="use srgan upscale"):
        load("x2-tiny", device="cpu", command="translate")
    with pytest.raises(ModelError, match="use srgan upscale"):
        load("bicubic", command="translate")
    with pytest.raises(ModelError, match=r"did you mean 'swap'\? models: swap; "):
        load("swop", command="translate")
    with pytest.raises(ModelError, match=r"no model 'swop'; models: x2-tiny, bicubic; "):
        load("swop")


def test_without_its_default_model_a_command_wants_one_named(index: Path) -> None:
    with pytest.raises(ModelError, match=r"no model for srgan translate is packaged.*--model"):
        load(command="translate", index=index)


def test_a_perceptual_model_has_its_faithful_one_beside_it(index: Path) -> None:
    add_model(index, "sharp", more='fidelity = "x2-tiny"')
    model = load("sharp", index=index, device="cpu,cpu", precision="fp32", tile=32)
    assert load("x2-tiny", index=index, device="cpu").counterpart is None
    assert load(index.parent / "models/sharp.onnx", device="cpu").counterpart is None, "a file is what it is"
    first, second = model.team
    assert first.counterpart is not None
    assert second.counterpart is not None
    assert first.counterpart is not second.counterpart, "each device has its own"
    assert (first.counterpart.name, first.counterpart.sha256) == ("x2-tiny", find("x2-tiny", index).sha256)
    assert first.counterpart.loaded is None
    faithful = first.counterpart.model()
    assert first.counterpart.model() is faithful
    assert (faithful.name, faithful.device, faithful.precision_wanted) == ("x2-tiny", first.device, "fp32")


def test_a_faithful_model_that_is_not_there_is_named(index: Path) -> None:
    add_model(index, "sharp", more='fidelity = "x2-tinny"')
    with pytest.raises(ModelError, match=r"no model 'x2-tinny'; did you mean 'x2-tiny'\?"):
        load("sharp", index=index, device="cpu")


def test_packaged_models_are_faithful_to_others_of_their_kind() -> None:
    entries = {entry.name: entry for entry in list_models()}
    beside = {name: entry.fidelity for name, entry in entries.items() if entry.fidelity is not None}
    assert beside["x4"] == "x4-fidelity"
    for name, other in beside.items():
        assert (entries[name].command, entries[other].command) == ("upscale", "upscale")
        assert entries[other].fidelity is None, other


def test_the_scale_chooses_among_the_default_models(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEFAULTS, "upscale", "usual")
    monkeypatch.setattr("srgan.zoo.index.DEFAULT", "usual")
    add_model(packaged, "usual", scale=4, more="default = true")
    assert [default_model(scale) for scale in (None, 1, 2, 2.5, 4, 9)] == ["usual"] * 6, "none says that it is one"
    add_model(packaged, "third", scale=3, more="default = true")
    add_model(packaged, "eighth", scale=8, more="default = true")
    assert scale_defaults() == {3: "third"}
    assert [default_model(scale) for scale in (None, 1.5, 3, 3.01, 8)] == ["usual", "third", "third", "usual", "usual"]
    add_model(packaged, "half", more="default = true")
    assert [default_model(scale) for scale in (None, 0.5, 2, 2.01, 4)] == ["usual", "half", "half", "third", "usual"]
    assert load(scale=2, device="cpu").name == keep_loaded(None, "upscale", device="cpu", scale=2).name == "half"
    assert load(device="cpu").name == keep_loaded(None, "upscale", device="cpu").name == "usual"
    assert load("third", scale=2, device="cpu").name == "third", "what is named runs"


def test_the_scale_changes_nothing_where_no_default_of_a_small_scale_is_packaged() -> None:
    assert scale_defaults() == {entry.scale: entry.name for entry in list_models() if entry.default}
    if not scale_defaults():
        assert default_model(2) == DEFAULT
    assert default_model(4) == default_model() == DEFAULT
