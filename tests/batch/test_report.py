import base64
import json
import os
import sys
from pathlib import Path

import pytest

from srgan.batch import Report, Result, Summary
from srgan.errors import OutputError

KEYS = {"path", "status", "code", "message", "fmt", "w", "h", "ms", "out", "sha256"}
DONE = Result(Path("a.png"), "done", None, "", Path("out/a.png"), "PNG", 4, 2, 17, "ab")


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_line_for_every_file_with_every_key(tmp_path: Path) -> None:
    with Report(tmp_path / "new/report.ndjson") as report:
        report.write(DONE)
        assert len(rows(tmp_path / "new/report.ndjson")) == 1, "not written at once"
        report.write(Result(Path("b.png"), "failed", "truncated", "the file ends early"))
    first, second = rows(tmp_path / "new/report.ndjson")
    assert first == {
        **{"path": "a.png", "status": "done", "code": None, "message": "", "fmt": "PNG", "w": 4, "h": 2, "ms": 17},
        **{"out": "out/a.png", "sha256": "ab"},
    }
    assert set(second) == KEYS
    assert (second["status"], second["code"], second["out"]) == ("failed", "truncated", None)


def test_names_that_are_no_text_follow_as_bytes() -> None:
    name = b"\xff\xfe\n.png"
    row = Result(Path(os.fsdecode(name)), "done", out=Path(os.fsdecode(name + b"x"))).to_json()
    assert row["path"] == "\\xff\\xfe\\n.png"
    assert base64.b64decode(row["path_b64"]) == name
    assert base64.b64decode(row["out_b64"]) == name + b"x"
    assert json.loads(json.dumps(row).encode("utf-8")) == row
    assert set(DONE.to_json()) == KEYS


def test_messages_are_short_and_harmless() -> None:
    row = Result(Path("a"), "failed", "corrupt", "\x1b[31mred\n" + "x" * 500).to_json()
    assert row["message"].startswith("\\x1b[31mred\\nxxx")
    assert len(row["message"]) == 200


def test_an_earlier_report_is_replaced(tmp_path: Path) -> None:
    for _ in range(2):
        with Report(tmp_path / "report") as report:
            report.write(DONE)
    assert len(rows(tmp_path / "report")) == 1


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="report"):
        Report(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="report"):
        Report(tmp_path / "file/report")


@pytest.mark.skipif(sys.platform != "linux", reason="uses a Linux device")
def test_a_full_disk_is_an_error() -> None:
    with Report(Path("/dev/full")) as report, pytest.raises(OutputError, match="No space"):
        report.write(DONE)


@pytest.mark.skipif(sys.platform != "linux", reason="uses a Linux device")
def test_devices_need_no_synchronising() -> None:
    with Report(Path("/dev/null")) as report:
        report.write(DONE)


def test_exit_codes() -> None:
    summary = Summary()
    assert summary.exit_code == 0
    summary.add(DONE)
    summary.add(Result(Path("a"), "skipped", "already_done"))
    summary.add(Result(Path("a"), "skipped", "ignored"))
    assert (summary.done, summary.already, summary.ignored, summary.exit_code) == (1, 1, 1, 0)
    summary.add(Result(Path("a"), "failed", "corrupt"))
    assert summary.exit_code == 3
    summary.add(Result(Path("a"), "failed", "bug"))
    assert summary.exit_code == 1
    summary.stopped_by = 15
    assert summary.exit_code == 143
