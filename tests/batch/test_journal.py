import os
import sqlite3
from pathlib import Path

import pytest

from srgan.batch import Journal

NAME = ".srgan-journal.sqlite"


def record(journal: Journal, out: Path, path: Path, how: str = "how") -> None:
    for file in (out, path):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"content")
    journal.record(out, path, path.stat(), "aa", how, out.stat(), "bb")


def test_rows_are_there_after_a_crash(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record(journal, tmp_path / "sub/a.png", tmp_path / "in/a.png")
    # Not closed: another process would find what is on the disk.
    other = Journal(tmp_path, read_only=True)
    row = other.get(tmp_path / "sub/a.png")
    assert row is not None
    assert (row.out, row.sha256, row.how, row.out_sha256) == (os.fsencode("sub/a.png"), "aa", "how", "bb")
    assert row.size == len(b"content")
    assert other.get(tmp_path / "sub/b.png") is None
    journal.close()


def test_it_is_safe_against_power_loss(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal._database is not None
    assert journal._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._database.execute("PRAGMA synchronous").fetchone() == (2,)
    journal.close()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_row_is_replaced(tmp_path: Path) -> None:
    for how in ("one", "two"):
        journal = Journal(tmp_path)
        record(journal, tmp_path / "a.png", tmp_path / "in/a.png", how)
        journal.close()
    row = Journal(tmp_path, read_only=True).get(tmp_path / "a.png")
    assert row is not None
    assert row.how == "two"


@pytest.mark.parametrize("name", ["é.png", "e\u0301.png", "new\nline.png", "100%?#.png", os.fsdecode(b"\xff\xfe.png")])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / ("out" + name)
    folder.mkdir()
    journal = Journal(folder)
    record(journal, folder / name, tmp_path / "in" / name)
    journal.close()
    assert journal.problem is None
    row = Journal(folder, read_only=True).get(folder / name)
    assert row is not None
    assert row.out == os.fsencode(name)


def test_the_folder_may_be_moved(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record(journal, tmp_path / "out/a.png", tmp_path / "in/a.png")
    journal.close()
    moved = tmp_path.with_name(tmp_path.name + "_moved")
    tmp_path.rename(moved)
    assert Journal(moved, read_only=True).get(moved / "out/a.png") is not None


def test_damage_starts_it_anew_and_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"SQLite format 3\0 but not really" * 100)
    journal = Journal(tmp_path)
    assert journal.problem is not None
    assert "damaged" in journal.problem
    record(journal, tmp_path / "a.png", tmp_path / "in/a.png")
    journal.close()
    second = Journal(tmp_path)
    assert second.problem is None
    assert second.get(tmp_path / "a.png") is not None
    second.close()


def test_looking_changes_nothing(tmp_path: Path) -> None:
    Journal(tmp_path, read_only=True).close()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / NAME).write_bytes(b"damaged")
    journal = Journal(tmp_path, read_only=True)
    assert journal.problem is not None
    assert (tmp_path / NAME).read_bytes() == b"damaged"
    assert journal.get(tmp_path / "a.png") is None


def test_a_full_disk_ends_the_journal_not_the_job(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal._database is not None
    journal._database.execute("PRAGMA query_only = 1")
    record(journal, tmp_path / "a.png", tmp_path / "in/a.png")
    assert journal.problem is not None
    assert "cannot be written" in journal.problem
    assert journal.get(tmp_path / "a.png") is not None
    record(journal, tmp_path / "b.png", tmp_path / "in/b.png")
    journal.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        assert database.execute("SELECT count(*) FROM outputs").fetchone() == (0,)
    database.close()
