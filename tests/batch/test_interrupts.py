"""Whatever ends a job from outside, nothing is corrupt and the next run does the rest."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batch.kill_test import broken, command, job_environment, kill_and_resume
from tests.batch.pictures import digests, leftovers, make_model, make_pictures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

NAMES = tuple(f"{number % 3}/{number:02}.png" for number in range(12))


@pytest.fixture
def imgs(tmp_path: Path) -> Path:
    return make_pictures(tmp_path / "imgs", NAMES, side=64)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model(tmp_path / "tiny.onnx")


def finish(imgs: Path, out: Path, model: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(imgs, out, model), env=job_environment(), capture_output=True, text=True, check=False)


def test_killed_at_random_moments(imgs: Path, model: Path, tmp_path: Path) -> None:
    assert finish(imgs, tmp_path / "whole", model).returncode == 0
    assert kill_and_resume(imgs, tmp_path / "killed", model, kills=3) == []
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")
    assert len(digests(tmp_path / "killed")) == len(NAMES)


def _many(folder: Path) -> Path:
    """So many pictures that a job does not end before it is interrupted."""
    make_pictures(folder, ("00.png",), side=300)
    for number in range(1, 30):
        shutil.copy(folder / "00.png", folder / f"{number:02}.png")
    return folder


def _start(imgs: Path, out: Path, model: Path, *options: str) -> subprocess.Popen[bytes]:
    job = subprocess.Popen(
        command(imgs, out, model, *options),
        env=job_environment(),
        start_new_session=True,
        bufsize=0,  # communicate() reads past a buffer, and would lose what readline() left in it
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert job.stdout is not None
    assert job.stdout.readline()  # the first picture is done
    return job


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
def test_one_signal_finishes_what_is_in_hand(
    tmp_path: Path, model: Path, number: signal.Signals, code: int, group: bool
) -> None:
    imgs, out, report = _many(tmp_path / "imgs"), tmp_path / "out", tmp_path / "report.ndjson"
    job = _start(imgs, out, model, "--report", str(report))
    # A terminal's Ctrl-C goes to the children as well.
    os.killpg(job.pid, number) if group else job.send_signal(number)
    printed, said = job.communicate(timeout=60)
    assert job.returncode == code, said
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert 1 <= len(rows) < 30
    assert {row["status"] for row in rows} == {"done"}, rows
    assert len(printed.splitlines()) == len(rows) - 1
    assert {Path(row["out"]).name for row in rows} == set(digests(out))
    assert b"left to do" in said
    assert leftovers(out) == []
    assert finish(imgs, out, model).returncode == 0
    assert len(digests(out)) == 30


def test_a_second_signal_stops_at_once(tmp_path: Path, model: Path) -> None:
    imgs, out = _many(tmp_path / "imgs"), tmp_path / "out"
    job = _start(imgs, out, model)
    job.send_signal(signal.SIGINT)
    time.sleep(0.01)
    job.send_signal(signal.SIGINT)
    job.communicate(timeout=60)
    assert job.returncode == 130
    assert broken(out) == []
    assert finish(imgs, out, model).returncode == 0
    assert len(digests(out)) == 30
    assert leftovers(out) == []


def test_a_reader_that_goes_away_ends_the_job(tmp_path: Path, model: Path) -> None:
    imgs, out = _many(tmp_path / "imgs"), tmp_path / "out"
    job = _start(imgs, out, model)
    assert job.stdout is not None
    assert job.stderr is not None
    job.stdout.close()
    said = job.stderr.read()
    job.stderr.close()
    assert job.wait(timeout=60) == 141, said
    assert b"Traceback" not in said
    assert broken(out) == []
    assert leftovers(out) == []
    assert finish(imgs, out, model).returncode == 0


def test_a_full_disk_leaves_nothing_half_written(imgs: Path, model: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    out = tmp_path / "out"
    assert finish(imgs, out, model).returncode == 0
    whole = digests(out)
    make_pictures(imgs, ("0/00.png", "1/01.png"), side=300)  # now two are larger than the limit
    limit = (
        "import resource as r, signal as s; s.signal(s.SIGXFSZ, s.SIG_IGN); r.setrlimit(r.RLIMIT_FSIZE, (60000,) * 2); "
    )
    job = subprocess.run(
        [sys.executable, "-c", limit + "from srgan.cli import main; main()", *command(imgs, out, model)[3:]],
        env=job_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert job.returncode == 5, job.stderr
    assert "Traceback" not in job.stderr
    assert "cannot write" in job.stderr
    after = digests(out)
    assert all(after[name] == whole[name] for name in ("0/00.png", "1/01.png")), "an earlier output was destroyed"
    assert broken(out) == []
    assert leftovers(out) == []
    assert finish(imgs, out, model).returncode == 0
    assert digests(out)["0/00.png"] != whole["0/00.png"]


def test_a_folder_that_cannot_be_written(imgs: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    job = finish(imgs, tmp_path / "file/out", model)
    assert job.returncode == 5
    assert "Traceback" not in job.stderr
    (tmp_path / "out").mkdir()
    (tmp_path / "out/1").write_text("in the way")
    job = finish(imgs, tmp_path / "out", model)
    assert job.returncode == 5
    assert "Traceback" not in job.stderr
    assert (tmp_path / "out/1").read_text() == "in the way"
