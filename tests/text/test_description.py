"""What a model file says about its texts."""

import hashlib
import json
from pathlib import Path

import pytest

from srgan.errors import ModelError, UsageError
from srgan.text import TOKENIZERS, ByteTokenizer, FileTokenizer, TextDescription, Tokenizer
from tests.text.tokenizer_files import word_file


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    path = tmp_path / "encoder.onnx"
    path.write_bytes(b"weights")
    return path


def test_bytes_there_and_back(encoder: Path) -> None:
    described = TextDescription.of(ByteTokenizer(12), encoder)
    read = TextDescription.from_json(json.loads(json.dumps(described.to_json())))
    assert read == described
    assert read.encoder == hashlib.sha256(b"weights").hexdigest()
    tokenizer = read.open_tokenizer()
    assert isinstance(tokenizer, ByteTokenizer)
    assert tokenizer.length == 12
    read.refuse_another(encoder)


def test_files_there_and_back(encoder: Path, tmp_path: Path) -> None:
    file = word_file(tmp_path / "tokenizer.json")
    described = TextDescription.of(FileTokenizer(file, 9), encoder)
    read = TextDescription.from_json(json.loads(json.dumps(described.to_json())))
    tokenizer = read.open_tokenizer(file)
    assert isinstance(tokenizer, FileTokenizer)
    assert tokenizer(["red"]).shape == (1, 9)
    with pytest.raises(UsageError, match="name the one"):
        read.open_tokenizer()


def test_another_encoder_is_refused(encoder: Path, tmp_path: Path) -> None:
    described = TextDescription.of(ByteTokenizer(), encoder)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"weightz")
    with pytest.raises(ModelError, match=rf"other\.onnx is not the text encoder .*not {described.encoder}$"):
        described.refuse_another(other)
    with pytest.raises(ModelError, match=r"none\.onnx cannot be read: No such file"):
        described.refuse_another(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "bytes",
        {},
        {"tokenizer": {"kind": "bytes", "length": 9}},
        {"tokenizer": "bytes", "encoder": "0"},
        {"tokenizer": {"kind": "bytes", "length": 9}, "encoder": 3},
    ],
)
def test_damaged_descriptions(value: object) -> None:
    with pytest.raises(ModelError, match="description of its text encoder is damaged"):
        TextDescription.from_json(value)


@pytest.mark.parametrize("kind", ["words", None, ["bytes"]])
def test_unknown_kinds(kind: object) -> None:
    with pytest.raises(ModelError, match=r"of the kind .* \(known: bytes, file\)"):
        TextDescription.from_json({"tokenizer": {"kind": kind}, "encoder": "0"})


def test_the_registry_tells_kinds_by_their_names(tmp_path: Path) -> None:
    made: list[Tokenizer] = [ByteTokenizer(), FileTokenizer(word_file(tmp_path / "t.json"), 8)]
    assert {one.kind: type(one) for one in made} == TOKENIZERS
    assert [one.to_json()["kind"] for one in made] == list(TOKENIZERS)
