"""What a text becomes before it is cut into tokens, and which ones are refused."""

import time

import pytest

from srgan.errors import UsageError
from srgan.text import prepare


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("a red apple", "a red apple"),
        ("  a\tred \r\n\n apple\v", "a red apple"),
        ("a\0red\x1b\x85apple\x7f", "a red apple"),
        ("one\u2028two\u2029three", "one two three"),
        ("a\u00a0red\u3000apple", "a red apple"),
        ("\ufb01ve \uff21pples \u2460", "five Apples 1"),
        ("cafe\u0301", "café"),
        ("\ud83d half", "half"),  # as a command line gives bytes that are no UTF-8
        ("Äpfel Über ALLES", "Äpfel Über ALLES"),
        ("красное яблоко", "красное яблоко"),
        ("红苹果", "红苹果"),
        ("🍎", "🍎"),
        ("👩\u200d🌾", "👩\u200d🌾"),  # the joiner of a woman and a sheaf makes a farmer
        ("?", "?"),
    ],
)
def test_prepared(text: str, prepared: str) -> None:
    assert prepare(text) == prepared
    assert prepare(prepared) == prepared


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r", "\0\x01", "\u3000", "\udcff"])
def test_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="the text is empty"):
        prepare(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("\u200b", r"U\+200B"),
        ("\u0301 \u0301\ufe0f", r"U\+0301 U\+FE0F"),
        ("\ue000\uffff\ue000", r"U\+E000 U\+FFFF"),
    ],
)
def test_signs_that_no_script_writes(text: str, codes: str) -> None:
    with pytest.raises(UsageError, match=f"no letter, number or symbol of any script, only {codes}$"):
        prepare(text)
    assert prepare(f"{text}a")


def test_length() -> None:
    assert len(prepare("a" * 1000)) == 1000
    with pytest.raises(UsageError, match="the text has 1001 characters; 1000 are taken at most"):
        prepare("a" * 1001)
    with pytest.raises(UsageError, match="the text has 6 characters; 5 are taken at most"):
        prepare("abc\nde", limit=5)
    with pytest.raises(UsageError, match="the text has 36 characters; 20 are taken at most"):
        prepare("\ufdfa\ufdfa", limit=20)  # a ligature of eighteen


def test_endless_marks_cost_nothing() -> None:
    """Putting a million marks in order takes minutes."""
    start = time.process_time()
    with pytest.raises(UsageError, match="1000001 characters"):
        prepare("a" + "\u0301\u0323" * 500_000)
    assert time.process_time() - start < 1
