"""Tokenizers of other people's sentence encoders."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srgan.errors import ModelError, UsageError
from srgan.text import FileTokenizer
from tests.text.tokenizer_files import WORDS, word_file

PADDING = {"strategy": {"Fixed": 128}, "direction": "Left", "pad_to_multiple_of": 64, "pad_id": 6, "pad_type_id": 0}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return word_file(tmp_path / "tokenizer.json")


def test_tokens_and_mask(file: Path) -> None:
    tokens, mask = FileTokenizer(file, 6).with_mask(["A red apple", "pear", ""])
    assert tokens.tolist() == [[2, 6, 4, 5, 3, 0], [2, 1, 3, 0, 0, 0], [2, 3, 0, 0, 0, 0]]
    assert mask.tolist() == [[1] * 5 + [0], [1] * 3 + [0] * 3, [1] * 2 + [0] * 4]
    assert tokens.dtype == mask.dtype == np.int64
    assert np.array_equal(FileTokenizer(file, 6)(["pear"]), tokens[1:2])
    assert [array.shape for array in FileTokenizer(file, 6).with_mask([])] == [(0, 6)] * 2
    assert FileTokenizer(file, 6).vocabulary == len(WORDS)


def test_long_texts_keep_their_marks(file: Path) -> None:
    assert FileTokenizer(file, 4)(["red apple red apple"]).tolist() == [[2, 4, 5, 3]]


def test_padding_and_cuts_of_the_file_do_not_count(tmp_path: Path) -> None:
    """Published files are often padded to the length that someone once exported; only the token itself is taken."""
    cut = {"direction": "Left", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    file = word_file(tmp_path / "own.json", truncation=cut, padding={**PADDING, "pad_token": "a"})
    tokens, mask = FileTokenizer(file, 5).with_mask(["red apple", "red apple red apple"])
    assert tokens.tolist() == [[2, 4, 5, 3, 6], [2, 4, 5, 4, 3]]
    assert mask.tolist() == [[1, 1, 1, 1, 0], [1] * 5]


@pytest.mark.parametrize(("pad", "number"), [("<pad>", 9), ("<|endoftext|>", 9), ("padding", 0)])
def test_known_names_of_padding(tmp_path: Path, pad: str, number: int) -> None:
    words = {**{word: place for word, place in WORDS.items() if place}, pad: 9}
    model = {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"}
    file = word_file(tmp_path / "t.json", marks=False, model=model)
    assert FileTokenizer(file, 3)(["red"]).tolist() == [[4, number, number]]


def test_description(file: Path) -> None:
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    described = json.loads(json.dumps(FileTokenizer(file, 7).to_json()))
    assert described == {"kind": "file", "length": 7, "sha256": sha256}
    same = FileTokenizer.from_json(described, file=file)
    assert (same.length, same.sha256) == (7, sha256)
    with pytest.raises(UsageError, match=f"name the one with the sha256 {sha256}"):
        FileTokenizer.from_json(described)


def test_another_file_is_refused(file: Path) -> None:
    described = FileTokenizer(file, 7).to_json()
    word_file(file, marks=False)
    with pytest.raises(UsageError, match=f"is not the tokenizer .* not {described['sha256']}$"):
        FileTokenizer.from_json(described, file=file)


@pytest.mark.parametrize("change", [{"length": "7"}, {"length": 0}, {"sha256": None}])
def test_damaged_descriptions(file: Path, change: dict[str, Any]) -> None:
    described = {**FileTokenizer(file, 7).to_json(), **change}
    if change.get("sha256", "") is None:
        del described["sha256"]
    with pytest.raises(ModelError, match="description of its tokenizer is damaged"):
        FileTokenizer.from_json(described, file=file)


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": "1.0"}', b"\xff\xfe\x00", b"[]"])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"t\.json is no tokenizer file, or is damaged"):
        FileTokenizer(tmp_path / "t.json", 8)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the tokenizer file .*none\.json cannot be read: No such file"):
        FileTokenizer(tmp_path / "none.json", 8)


def test_no_room(file: Path) -> None:
    with pytest.raises(UsageError, match=r"length = 2 leaves no room for a text: .* adds 2 tokens"):
        FileTokenizer(file, 2)
    assert FileTokenizer(file, 3)(["red"]).tolist() == [[2, 4, 3]]


def test_without_the_package(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(UsageError, match=r"needs the package tokenizers: pip install 'srgan\[text\]'"):
        FileTokenizer(file, 8)


def test_the_package_brings_no_network_into_the_process(file: Path) -> None:
    """It depends on a client of a model hub, which it must not load for files."""
    code = f"""
import sys
from pathlib import Path
from srgan.text import FileTokenizer
FileTokenizer(Path({str(file)!r}), 8)(["red"])
assert not set(sys.modules) & {{"huggingface_hub", "httpx", "httpx2", "requests", "socket", "torch"}}
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
