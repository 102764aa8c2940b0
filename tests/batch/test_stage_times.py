import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srgan.batch.work
from srgan.batch import Job, Report, Stage, StageTimes, Stats, failed_inputs, run
from srgan.batch.handing import BandQueue
from srgan.runtime import Model, bicubic, load_model
from tests.batch.pictures import make_model, make_pictures

STATS = Stats(
    10.0,
    {"decode": 4.0, "infer": 7.0, "assemble": 1.0, "encode": 15.0},
    {"decode": 2, "network": 1, "encode": 2},
)


def test_what_waits_least_is_the_bottleneck() -> None:
    assert [STATS.waiting(group) for group in ("decode", "network", "encode")] == [16, 2, 5]
    assert STATS.bottleneck == "infer"
    assert replace(STATS, threads={**STATS.threads, "encode": 1}).bottleneck == "encode"
    assert replace(STATS, busy={**STATS.busy, "assemble": 7.5}).bottleneck == "assemble"
    assert replace(STATS, busy={**STATS.busy, "decode": 19.0}).bottleneck == "decode"


def test_lines_for_people_and_programs() -> None:
    lines = STATS.lines()
    assert lines[0].split() == ["stage", "busy", "waiting", "threads"]
    assert lines[1].split() == ["decode", "4.00", "s", "16.00", "s", "2"]
    assert lines[3].split() == ["assemble", "1.00", "s"]
    assert lines[-1] == "bottleneck: infer (network busy 80% of 10.00 s)"
    assert STATS.to_json()["stats"] == {
        "seconds": 10.0,
        "busy": {"decode": 4.0, "infer": 7.0, "assemble": 1.0, "encode": 15.0},
        "groups": {
            "decode": {"threads": 2, "waiting": 16.0},
            "network": {"threads": 1, "waiting": 2.0},
            "encode": {"threads": 2, "waiting": 5.0},
        },
        "bottleneck": "infer",
    }


def slowed(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float) -> None:
    """Make a function of `srgan.batch.work` slow."""
    function = getattr(srgan.batch.work, name)

    def slow(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        time.sleep(seconds)
        return function(*arguments, **options)

    monkeypatch.setattr(srgan.batch.work, name, slow)


@pytest.mark.parametrize(
    ("name", "stage"), [("check_unchanged", "decode"), ("infer", "assemble"), ("save", "encode"), ("write", "encode")]
)
def test_work_is_counted_where_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stage: Stage
) -> None:
    imgs = make_pictures(tmp_path / "imgs", tuple(f"{number}.png" for number in range(6)))
    model = load_model(make_model(tmp_path / "tiny.onnx"), device="cpu")
    if name == "write":
        monkeypatch.setattr("srgan.batch.streaming.LARGE", 1)
    slowed(monkeypatch, name, 0.2)
    times = StageTimes()
    assert run(Job((imgs,)), model, times=times).done == 6
    stats = times.stats()
    assert stats.busy[stage] >= 6 * 0.2
    assert all(seconds > 0 for seconds in stats.busy.values())
    assert sum(stats.busy.values()) <= 3 * stats.seconds


def test_work_without_a_network_counts_as_inference(tmp_path: Path) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    times = StageTimes()
    run(Job((imgs,)), bicubic(2), times=times)
    assert times.stats().busy["infer"] > 0
    assert times.stats().busy["assemble"] == 0


def test_waiting_for_bands_and_for_room_is_counted() -> None:
    queue = BandQueue(most=1)
    band = np.zeros(10, np.uint8)

    def others_wait() -> None:
        while not queue._change._waiters:  # type: ignore[attr-defined]
            time.sleep(0.001)
        time.sleep(0.05)

    queue.put(band)
    giver = threading.Thread(target=lambda: queue.put(band))
    giver.start()
    others_wait()
    taking = queue.take()
    next(taking)
    giver.join()
    assert queue.giver_waited >= 0.05
    next(taking)
    taker = threading.Thread(target=lambda: list(taking))
    taker.start()
    others_wait()
    queue.end()
    taker.join()
    assert queue.taker_waited >= 0.05


def test_the_closing_line_of_a_report_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    with Report(path) as report:
        report.write(STATS)
    assert json.loads(path.read_text()) == STATS.to_json()
    assert failed_inputs(path) == frozenset()


def test_times_of_several_jobs_add_up(tmp_path: Path) -> None:
    model: Model = bicubic(2)
    times = StageTimes()
    run(Job((make_pictures(tmp_path / "one"),)), model, times=times)
    before = times.stats()
    run(Job((make_pictures(tmp_path / "two"),)), model, times=times)
    assert times.stats().seconds > before.seconds
    assert times.stats().busy["encode"] > before.busy["encode"]
