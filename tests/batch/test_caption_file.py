import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from srgan.batch import Unusable, Wish, read_captions
from srgan.errors import NothingToDoError, UsageError

USUAL = Wish(count=4, seed=7)


def test_objects(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        '\ufeff{"caption": "a red apple"}\n\n'
        '{"caption": "яблоко", "name": "apple 1.png", "seed": 18446744073709551615, "count": 2}\r\n'
        '{"class": 3}\n{"class": "cat", "caption": null}'
    )
    assert read_captions(str(path), USUAL) == [
        Wish("a red apple", None, 4, 7, None, f"{path}:1"),
        Wish("яблоко", None, 2, 2**64 - 1, "apple 1", f"{path}:3"),
        Wish(None, "3", 4, 7, None, f"{path}:4"),
        Wish(None, "cat", 4, 7, None, f"{path}:5"),
    ]


def test_plain_lines(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_bytes(b"a red apple\r\n \n{not an object}\n\xff\n")
    wishes = read_captions(str(path), USUAL)
    assert wishes[:2] == [
        Wish("a red apple", None, 4, 7, None, f"{path}:1"),
        Wish("{not an object}", None, 4, 7, None, f"{path}:3"),
    ]
    assert wishes[2] == Unusable(f"{path}:4", "the line is not UTF-8 text")
    assert read_captions(str(path), USUAL, classes=True)[0] == Wish(None, "a red apple", 4, 7, None, f"{path}:1")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"one\ntwo\n", [Wish("one", line="standard input:1"), Wish("two", line="standard input:2")]),
        (b'\n {"caption": "one"}', [Wish("one", line="standard input:2")]),
    ],
)
def test_standard_input(content: bytes, expected: list[Wish], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert read_captions("-", Wish()) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a red apple", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", r"no object, but \[1\]"),
        ('{"captoin": "a"}', "'captoin' is not known; did you mean 'caption'"),
        ('{"caption": ["a"]}', r'caption must be a text, and is \["a"\]'),
        ('{"class": true}', "class must be a text"),
        ('{"caption": "a", "seed": -1}', "seed must be a whole number from 0 to 18446744073709551615, and is -1"),
        ('{"caption": "a", "seed": 1.5}', "seed must be a whole number"),
        ('{"caption": "a", "count": 0}', "count must be a whole number from 1 to 10000, and is 0"),
        ('{"caption": "a", "count": "2"}', "count must be a whole number"),
        *[
            (f'{{"caption": "a", "name": {name}}}', "name must be that of a file in the output folder")
            for name in (
                '"../a"',
                '"/etc/a"',
                '"a\\\\b"',
                '".."',
                '".hidden"',
                '"a\\u0000"',
                '" "',
                '""',
                f'"{"x" * 201}"',
            )
        ],
    ],
)
def test_lines_that_cannot_be_used(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(f'{{"caption": "before"}}\n{line}\n{{"caption": "after"}}\n')
    before, bad, after = read_captions(str(path), Wish())
    assert isinstance(bad, Unusable)
    assert bad.line == f"{path}:2"
    assert re.search(words, bad.message)
    assert isinstance(before, Wish)
    assert isinstance(after, Wish)


def test_files_without_captions(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n  \n")
    with pytest.raises(NothingToDoError, match=r"no caption in .*empty\.txt"):
        read_captions(str(tmp_path / "empty.txt"), Wish())
    with pytest.raises(UsageError, match=r"no file .*gone\.txt"):
        read_captions(str(tmp_path / "gone.txt"), Wish())
    with pytest.raises(UsageError, match="cannot be read"):
        read_captions(str(tmp_path), Wish())
