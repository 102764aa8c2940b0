"""What others wrote is shown in a terminal, and gives it no orders."""

import pytest

from srgan.files import escape, escape_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 文", "plain ü 文"),
        ("a\tb\x7f", "a\\tb\\x7f"),
        ("\u202egnp", "\\u202egnp"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_ends_of_lines_may_stay() -> None:
    assert escape_lines("one\n\x1b[2Jtwo") == "one\n\\x1b[2Jtwo"
