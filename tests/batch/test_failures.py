import os
from pathlib import Path

import pytest

from srgan.batch import Report, Result, failed_inputs
from srgan.errors import UsageError


def test_a_report_tells_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    odd = Path(os.fsdecode(b"bad \xff name\n.png"))
    with Report(tmp_path / "r.ndjson") as report:
        report.write(Result(Path("a.png"), "failed", "truncated"))
        report.write(Result(Path("b.png"), "done"))
        report.write(Result(odd, "failed", "corrupt"))
        report.write(Result(Path("c.png"), "failed", "truncated"))
        report.write(Result(Path("c.png"), "done"))
    assert failed_inputs(tmp_path / "r.ndjson") == {tmp_path / "a.png", tmp_path / odd}


@pytest.mark.parametrize("text", ["hello", "[]", "1", '{"path": "a"}', '{"path_b64": "?", "status": "failed"}', "\0"])
def test_what_is_no_report(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.ndjson"
    path.write_text('{"path": "a.png", "status": "done"}\n' + text)
    with pytest.raises(UsageError, match=r"r\.ndjson:2 is no line of a report"):
        failed_inputs(path)
    with pytest.raises(UsageError, match="cannot be read"):
        failed_inputs(tmp_path / "missing")
