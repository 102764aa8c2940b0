"""Tables as TOML."""

import math
import tomllib

from srgan.reports.toml_text import toml_text


def test_tables_come_back() -> None:
    table = {
        "name": 'a "quoted" \\ line\nnext \x7f \U0001f600',
        "rate": 1e-05,
        "flag": True,
        "empty": {},
        "none": [],
        "mixed": [1, {"a": [1, 2], "b c": False}],
        "train": {"steps": 10, "betas": [0.9, 0.99], "deep": {"x.y": {"z": 1}}},
        "stage": [{"name": "one", "loss": [{"kind": "l1"}, {"kind": "fft", "weight": 0.05}]}, {"train": {"lr": 1.0}}],
    }
    assert tomllib.loads(toml_text(table)) == table


def test_what_toml_cannot_say_is_left_out() -> None:
    text = toml_text({"a": None, "b": {"c": None, "d": [1, None], "e": [{"f": None}, 2]}, "g": math.inf})
    assert tomllib.loads(text) == {"g": math.inf, "b": {"d": [1], "e": [{}, 2]}}


def test_layout() -> None:
    assert toml_text({"a": {"b": 1}, "c": "x"}) == 'c = "x"\n\n[a]\nb = 1\n'
