"""Hot folders: files are taken when they are complete, once, and a signal is the usual end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from srgan.batch import Job, Result, watch
from srgan.batch.watching import Steady
from srgan.errors import UsageError
from srgan.runtime import bicubic
from tests.batch.pictures import digests, leftovers, make_pictures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def test_files_are_ready_when_they_stay_as_they_are(tmp_path: Path) -> None:
    steady = Steady()
    path = tmp_path / "a"
    path.write_bytes(b"1")
    assert steady.ready([path]) == []
    path.write_bytes(b"12")
    assert steady.ready([path]) == [], "it grew"
    assert steady.ready([path]) == [path]
    assert steady.ready([path]) == [], "it was given already"
    os.utime(path, ns=(5, 5))
    assert steady.ready([path]) == []
    assert steady.ready([path]) == [path], "it changed"
    path.unlink()
    assert steady.ready([path]) == []
    path.write_bytes(b"12")
    os.utime(path, ns=(5, 5))
    assert steady.ready([path]) == []
    assert steady.ready([path]) == [path], "it was away, and may be another one"


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_what_comes_in_is_worked_on(tmp_path: Path) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png", "sub/b.jpg"))
    whole = (imgs / "a.png").read_bytes()
    results: list[Result] = []

    def listen(result: Result) -> None:
        results.append(result)
        if len(results) == 2:  # what is there is done: now something new, something broken, something useless
            (imgs / "new.png").write_bytes(whole)
            (imgs / "broken.png").write_bytes(whole[:100])
            (imgs / "notes.txt").write_text("not a picture")
        if result.status == "failed":  # its writer was only slow
            (imgs / "broken.png").write_bytes(whole)
        if result.path.name == "broken.png" and result.status == "done":
            os.kill(os.getpid(), signal.SIGINT)

    summary = watch(Job((imgs,)), bicubic(2), on_result=listen, say=lambda _: None, every=0.05)
    assert (summary.done, summary.failed, summary.ignored, summary.stopped_by) == (4, 1, 1, None)
    assert summary.exit_code == 3
    assert set(digests(tmp_path / "imgs_x2")) == {"a.png", "sub/b.jpg", "new.png", "broken.png"}
    assert leftovers(tmp_path) == []
    assert [result.status for result in results if result.path.name == "notes.txt"] == ["skipped"], "told once"


def test_only_folders_can_be_watched(tmp_path: Path) -> None:
    make_pictures(tmp_path, ("a.png",))
    with pytest.raises(UsageError, match="--watch needs a folder"):
        watch(Job((tmp_path / "a.png",)), bicubic(2), on_result=lambda _: None, say=lambda _: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(tmp_path: Path, environment: dict[str, str], number: int) -> None:
    (tmp_path / "imgs").mkdir()
    program = [sys.executable, "-m", "srgan", "upscale", "imgs", "-m", "bicubic", "-s", "2", "--watch"]
    program += ["--report", "done.ndjson"]
    with subprocess.Popen(program, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        until(lambda: "watching imgs; Ctrl-C ends it" in child.stderr.readline())  # type: ignore[union-attr]
        make_pictures(tmp_path / "imgs", ("late.png",))
        until(lambda: bool((tmp_path / "done.ndjson").read_text()))
        child.send_signal(number)
        said = child.stderr.read()
        assert child.wait(30) == 0
    assert "1 upscaled" in said
    assert json.loads((tmp_path / "done.ndjson").read_text())["status"] == "done"
