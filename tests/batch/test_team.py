"""Several devices that share a job, tried as several sessions of one CPU."""

import threading
from pathlib import Path
from typing import Any

import pytest

from srgan.batch import Job, Result, run
from srgan.cli import cli
from srgan.cli.errors import run as run_command
from srgan.runtime import Model, load_model
from tests.batch.pictures import digests, leftovers, make_model, make_pictures
from tests.runtime.networks import network

PICTURES = tuple(f"{number % 3}/{number:02}.png" for number in range(16))


@pytest.fixture
def imgs(tmp_path: Path) -> Path:
    return make_pictures(tmp_path / "imgs", PICTURES)


@pytest.fixture
def team(tmp_path: Path) -> Model:
    return load_model(make_model(tmp_path / "tiny.onnx"), device="cpu,cpu,cpu")


def watched(team: Model, monkeypatch: pytest.MonkeyPatch, meet: threading.Barrier | None = None) -> list[int]:
    """Which of a team made each picture; with `meet` the first ones wait for each other, so that all take part."""
    taken: list[int] = []
    for place, model in enumerate(team.team):

        def upscale(*given: Any, place: int = place, one: Model = model, **wishes: Any) -> Any:  # noqa: ANN401
            if meet is not None and place not in taken:
                meet.wait(30)
            taken.append(place)
            return Model.upscale(one, *given, **wishes)

        monkeypatch.setattr(model, "upscale", upscale)
    return taken


def test_all_take_part_and_the_bytes_are_those_of_one(
    imgs: Path, team: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run(Job((imgs,), tmp_path / "alone"), load_model(tmp_path / "tiny.onnx", device="cpu"))
    taken = watched(team, monkeypatch, threading.Barrier(3))
    results: list[Result] = []
    shared = run(Job((imgs,), tmp_path / "shared"), team, on_result=results.append)
    assert set(taken) == {0, 1, 2}
    assert shared.done == alone.done == len(taken) == len({result.path for result in results}) == 16
    assert digests(tmp_path / "shared") == digests(tmp_path / "alone")


def test_what_one_left_the_others_continue(imgs: Path, team: Model, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = run(Job((imgs,), out), load_model(tmp_path / "tiny.onnx", device="cpu"))
    before = digests(out)
    for name in PICTURES[::2]:
        (out / name).unlink()
    again = run(Job((imgs,), out), team)
    assert (whole.done, again.done, again.already) == (16, 8, 8)
    assert digests(out) == before


def test_the_first_failure_stops_all(imgs: Path, team: Model, tmp_path: Path) -> None:
    (imgs / "0/00.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    job = Job((imgs,), tmp_path / "out", fail_fast=True)
    summary = run(job, team)
    assert (summary.failed, summary.exit_code) == (1, 3)
    assert summary.done + summary.left == 15
    assert summary.left > 0
    assert not leftovers(tmp_path / "out")


def test_stopping_finishes_what_is_in_hand(
    imgs: Path, team: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    def interrupt(result: Result) -> None:
        signal.raise_signal(signal.SIGINT)
        monkeypatch.setattr(signal, "raise_signal", lambda number: None)

    summary = run(Job((imgs,), tmp_path / "out"), team, on_result=interrupt)
    assert (summary.stopped_by, summary.exit_code) == (2, 130)
    assert 0 < summary.done < 16
    assert len(digests(tmp_path / "out")) == summary.done
    assert not leftovers(tmp_path / "out")
    assert run(Job((imgs,), tmp_path / "out"), team).already == summary.done


def test_what_turns_out_about_the_model_is_told_once(imgs: Path, tmp_path: Path) -> None:
    model = load_model(network(2), device="cpu,cpu", tile=16)
    said: list[str] = []
    run(Job((imgs,), tmp_path / "out"), model, say=said.append)
    assert len(said) == 1
    assert "receptive field" in said[0]
    run(Job((imgs,), tmp_path / "out", overwrite=True), model, say=said.append)
    assert len(said) == 1


def test_the_command_line(imgs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(make_model(tmp_path / "tiny.onnx"))
    wishes = ["-o", str(tmp_path / "out"), "-m", model]
    assert run_command(cli, ["upscale", str(imgs), *wishes, "--device", "cpu,cpu"]) == 0
    assert ", 2 workers" in capsys.readouterr().err
    assert len(digests(tmp_path / "out")) == 16
    for wrong, words in (("gpu", "is no device"), ("cuda:0,cpu", "results differ")):
        assert run_command(cli, ["upscale", str(imgs), *wishes, "--device", wrong]) == 2
        assert words in capsys.readouterr().err
    assert run_command(cli, ["compare", str(imgs), "-m", model, "--device", "cpu,cpu"]) == 2
    assert "takes one" in capsys.readouterr().err
