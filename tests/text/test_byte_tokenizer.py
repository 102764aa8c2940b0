"""Texts as bytes."""

import json
from pathlib import Path

import numpy as np
import pytest

from srgan.errors import ModelError, UsageError
from srgan.text import ByteTokenizer


def test_tokens_are_bytes_plus_one_and_padded_with_zeros() -> None:
    tokens = ByteTokenizer(6)(["abc", "ä\0", ""])
    assert tokens.tolist() == [[98, 99, 100, 0, 0, 0], [196, 165, 1, 0, 0, 0], [0] * 6]
    assert tokens.dtype == np.int64
    assert ByteTokenizer()([]).shape == (0, 96)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("abcdefgh", "abcdefg"),
        ("abcdefä", "abcdef"),
        ("abcdeäx", "abcdeä"),
        ("abcde红", "abcde"),
        ("abcd红苹", "abcd红"),
        ("abcd🍎", "abcd"),
        ("abc🍎", "abc🍎"),
        ("🍎🍎", "🍎"),
    ],
)
def test_long_texts_are_cut_between_characters(text: str, kept: str) -> None:
    (tokens,) = ByteTokenizer(7)([text])
    assert bytes((tokens[tokens > 0] - 1).tolist()).decode() == kept
    assert (tokens[len(kept.encode()) :] == 0).all()


def test_every_character_fits_the_vocabulary() -> None:
    text = "".join(chr(code) for code in range(1, 0x1FFFF, 7) if not 0xD800 <= code < 0xE000)
    (tokens,) = ByteTokenizer(len(text.encode()))([text])
    assert tokens.min() > 0
    assert tokens.max() < ByteTokenizer.vocabulary == 257


def test_description() -> None:
    described = json.loads(json.dumps(ByteTokenizer(40).to_json()))
    assert described == {"kind": "bytes", "length": 40}
    assert ByteTokenizer.from_json(described).length == 40


@pytest.mark.parametrize("length", [3, 0, -1, "96", 9.0, True, None])
def test_damaged_descriptions(length: object) -> None:
    with pytest.raises(ModelError, match="description of its tokenizer is damaged: length"):
        ByteTokenizer.from_json({"kind": "bytes", "length": length})


def test_what_it_cannot_be() -> None:
    with pytest.raises(ValueError, match="length = 3; characters have up to 4 bytes"):
        ByteTokenizer(3)


def test_it_has_no_file() -> None:
    with pytest.raises(UsageError, match=r"leave out the tokenizer file tokenizer\.json"):
        ByteTokenizer.from_json({"kind": "bytes", "length": 9}, file=Path("tokenizer.json"))
