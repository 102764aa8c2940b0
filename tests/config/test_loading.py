"""Run files: inheritance, variables, overrides, and messages for people."""

from pathlib import Path

import pytest

from srgan.config import expand, load_run_file, merge
from srgan.errors import UsageError


def test_extends_merges_tables_and_replaces_lists(tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text('name = "a"\nlist = [1, 2]\n[train]\nsteps = 5\nlr = 0.1\n')
    (tmp_path / "child.toml").write_text('extends = "parent.toml"\nlist = [3]\n[train]\nlr = 0.2\n')
    assert load_run_file(tmp_path / "child.toml") == {"name": "a", "list": [3], "train": {"steps": 5, "lr": 0.2}}


def test_a_part_of_another_kind_replaces_the_parents_options() -> None:
    base = {"generator": {"kind": "compact", "blocks": 8}}
    assert merge(base, {"generator": {"kind": "srresnet"}}) == {"generator": {"kind": "srresnet"}}
    assert merge(base, {"generator": {"blocks": 2}}) == {"generator": {"kind": "compact", "blocks": 2}}


def test_circles_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b.toml"')
    (tmp_path / "b.toml").write_text('extends = "a.toml"')
    with pytest.raises(UsageError, match=r"a\.toml -> b\.toml -> a\.toml"):
        load_run_file(tmp_path / "a.toml")


def test_overrides(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("[train]\nsteps = 5\n")
    overrides = ["train.steps=7", "train.device=cpu", "name=x", "data.texture=0.5"]
    assert load_run_file(path, overrides) == {
        "train": {"steps": 7, "device": "cpu"},
        "name": "x",
        "data": {"texture": 0.5},
    }
    with pytest.raises(UsageError, match=r"section\.key=value"):
        load_run_file(path, ["steps"])


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("${PICTURES_OF_MINE}/train")
    monkeypatch.setenv("PICTURES_OF_MINE", "somewhere")
    assert expand(path, key="data.high") == Path("somewhere/train")
    monkeypatch.delenv("PICTURES_OF_MINE")
    with pytest.raises(UsageError, match=r"data\.high: .*PICTURES_OF_MINE is not set"):
        expand(path, key="data.high")


@pytest.mark.parametrize(("text", "message"), [("a = ", "not a readable TOML"), ("extends = 3", "name of one file")])
def test_malformed_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_run_file(path)


def test_absent_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        load_run_file(tmp_path / "none.toml")
    (tmp_path / "child.toml").write_text('extends = "none.toml"')
    with pytest.raises(UsageError, match=r"none\.toml is not there \(named by extends in child\.toml\)"):
        load_run_file(tmp_path / "child.toml")
