"""Reading what a training left, whole or not."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from srgan.errors import UsageError
from srgan.reports.run_record import read_run


def _log(folder: Path, *entries: dict[str, Any] | str) -> None:
    lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in entries]
    (folder / "log.jsonl").write_text("\n".join(lines), encoding="utf-8")


def test_entries_of_every_kind(tmp_path: Path) -> None:
    _log(
        tmp_path,
        {"step": 10, "stage": "one", "losses": {"l1": 0.5}, "lr": 1e-3},
        {"step": 10, "stage": "one", "validation": {"psnr_y": 27.5}},
        {"step": 12, "event": "skipped a step"},
        {"step": 20, "stage": "two", "losses": {"l1": 0.4, "vgg19": 1}, "lr": {"generator": 1e-4}, "words": "GAN: x"},
        {"step": 30, "stage": "two", "losses": {}, "health": {"advantage": 0.7, "name": "no number"}},
    )
    record = read_run(tmp_path)
    assert [entry.losses for entry in record.progress] == [{"l1": 0.5}, {"l1": 0.4, "vgg19": 1.0}, {}]
    assert record.progress[0].lr == {"generator": 1e-3}
    assert record.progress[1].words == "GAN: x"
    assert record.progress[2].health == {"advantage": 0.7}
    assert [(entry.step, entry.metrics) for entry in record.validations] == [(10, {"psnr_y": 27.5})]
    assert [(event.step, event.words) for event in record.events] == [(12, "skipped a step")]
    assert record.stages() == [("one", 0, 10), ("two", 10, 30)]
    assert record.last_step == 30
    assert (record.about, record.status, record.crops, record.notes) == ({}, {}, {}, [])


def test_what_a_return_to_an_earlier_step_made_void_is_left_out(tmp_path: Path) -> None:
    steps = [10, 20, 30, 40]
    first = [{"step": step, "losses": {"l1": 1}} for step in steps]
    checks = [{"step": step, "validation": {"psnr_y": 1}} for step in (20, 40)]
    again = [{"step": step, "losses": {"l1": 2}} for step in (30, 40)]
    _log(tmp_path, *first[:2], checks[0], *first[2:], checks[1], {"step": 20, "event": "back"}, *again)
    record = read_run(tmp_path)
    assert [(entry.step, entry.losses["l1"]) for entry in record.progress] == [(10, 1), (20, 1), (30, 2), (40, 2)]
    assert [entry.step for entry in record.validations] == [20]
    assert [event.words for event in record.events] == ["back"]
    _log(tmp_path, checks[0], *first[1:])  # a validation logged before the progress of its step stays
    assert len(read_run(tmp_path).validations) == 1


def test_gaps_and_damage(tmp_path: Path) -> None:
    broken = '{"step": 30, "losses": {"l1"'
    _log(tmp_path, '{"step": 10, "losses": {"l1": NaN, "fft": null, "x": true}}', "[1]", '{"losses": {}}', "", broken)
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    (tmp_path / "status.json").write_text('{"status": "stopped", "step": "ten", "seconds": 3}', encoding="utf-8")
    record = read_run(tmp_path)
    assert record.progress[0].losses.keys() == {"l1", "fft"}
    assert all(math.isnan(value) for value in record.progress[0].losses.values())
    assert record.notes == ["log.jsonl: 3 damaged lines left out", "run.json is damaged and was left out"]
    assert record.status == {"status": "stopped", "seconds": 3}


def test_crops_by_step(tmp_path: Path) -> None:
    _log(tmp_path)
    for name in ("step_00002000/b", "step_00002000/a", "step_00000500/a", "step_x/a", "other/a"):
        path = tmp_path / "crops" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    crops = read_run(tmp_path).crops
    assert {step: list(pictures) for step, pictures in crops.items()} == {500: ["a"], 2000: ["a", "b"]}
    assert list(crops) == [500, 2000]


def test_a_folder_without_a_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not the folder of a training: it has no readable log\.jsonl"):
        read_run(tmp_path)
