import dataclasses
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.batch import Job, Result, Summary, plan, preview, run
from srgan.errors import NothingToDoError, OutputError, UsageError
from srgan.files import folder_lock
from srgan.images import Decoder, Limits, read
from srgan.runtime import Model, Target, bicubic, load_model
from tests.batch.pictures import NAMES, digests, leftovers, make_model, make_pictures
from tests.images.hostile import make_hostile

JOURNAL = ".srgan-journal.sqlite"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(make_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), device="cpu")


@pytest.fixture
def imgs(tmp_path: Path) -> Path:
    return make_pictures(tmp_path / "imgs")


def work(job: Job, model: Model) -> tuple[Summary, dict[str, Result]]:
    results: list[Result] = []
    summary = run(job, model, on_result=results.append)
    assert len({result.path for result in results}) == len(results), "a file was reported twice"
    return summary, {result.path.name: result for result in results}


def counts(summary: Summary) -> tuple[int, int, int]:
    return summary.done, summary.already, summary.failed


def test_a_folder_goes_to_its_sibling_with_the_tree_kept(imgs: Path, model: Model) -> None:
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (5, 0, 0)
    assert summary.exit_code == 0
    out = imgs.with_name("imgs_x2")
    assert set(digests(out)) == set(NAMES)
    for name in NAMES:
        source, result = read(imgs / name), read(out / name)
        assert (result.width, result.height) == (2 * source.width, 2 * source.height)
        assert result.info.format == source.info.format
        row = results[Path(name).name]
        assert (row.width, row.height, row.format) == (result.width, result.height, result.info.format)
        assert row.sha256 == digests(out)[name]
        assert row.milliseconds is not None
    expected = model.upscale(read(imgs / "a.png").rgb)
    assert (read(out / "a.png").rgb == expected).all()
    assert leftovers(out) == []


def test_the_second_run_has_nothing_to_do(imgs: Path, model: Model) -> None:
    work(Job((imgs,)), model)
    out = imgs.with_name("imgs_x2")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*") if path.is_file() and path.suffix != ".sqlite"}
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (0, 5, 0)
    assert summary.exit_code == 0
    assert {result.code for result in results.values()} == {"already_done"}
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_only_what_changed_is_made_again(imgs: Path, model: Model) -> None:
    work(Job((imgs,)), model)
    out = imgs.with_name("imgs_x2")
    os.utime(imgs / "a.png", ns=(1, 1))  # touched: the content is the same
    Image.new("RGB", (30, 20), "red").save(imgs / "b.jpg")
    (out / "sub/c.png").unlink()
    Path(out / "e ü 文.tif").write_bytes(b"edited")
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (3, 2, 0)
    assert results["a.png"].code == "already_done"
    assert "changed" in results["e ü 文.tif"].message
    assert read(out / "b.jpg").width == 60
    assert counts(work(Job((imgs,)), model)[0]) == (0, 5, 0)


@pytest.mark.parametrize(
    "change", [{"quality": 70}, {"target": Target(scale=2.0)}, {"keep_gps": True}, {"overwrite": True}, "model"]
)
def test_other_settings_make_everything_again(imgs: Path, model: Model, tmp_path: Path, change: Any) -> None:  # noqa: ANN401
    job = Job((imgs,), output=tmp_path / "out")
    work(job, model)
    if change == "model":
        model = load_model(make_model(tmp_path / "other.onnx", seed=1), device="cpu")
    else:
        job = dataclasses.replace(job, **change)
    assert counts(work(job, model)[0]) == (5, 0, 0)


@pytest.mark.parametrize("loss", ["deleted", "garbage", "zeros", "other table"])
def test_a_lost_journal_is_rebuilt_from_the_files(imgs: Path, model: Model, loss: str) -> None:
    work(Job((imgs,)), model)
    out = imgs.with_name("imgs_x2")
    before = digests(out)
    journal = out / JOURNAL
    journal.unlink()
    match loss:
        case "garbage":
            journal.write_bytes(b"SQLite format 3\0" + os.urandom(4096))
        case "zeros":
            journal.write_bytes(bytes(8192))
        case "other table":
            with sqlite3.connect(journal) as database:
                database.execute("CREATE TABLE outputs (a, b)")
            database.close()
    content = (out / "a.png").read_bytes()
    (out / "a.png").write_bytes(content[: len(content) // 2])
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (1, 4, 0)
    assert results["a.png"].status == "done"
    assert "replaced" in results["a.png"].message
    assert digests(out) == before
    assert {result.code for result in work(Job((imgs,)), model)[1].values()} == {"already_done"}


def test_a_journal_that_cannot_be_is_no_reason_to_stop(imgs: Path, model: Model) -> None:
    out = imgs.with_name("imgs_x2")
    (out / JOURNAL / "in the way").mkdir(parents=True)
    said: list[str] = []
    assert run(Job((imgs,)), model, say=said.append).done == 5
    assert any("journal" in line for line in said)
    assert counts(work(Job((imgs,)), model)[0]) == (0, 5, 0)


def test_names_that_collide(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png", "a.jpg", "b.jpg", "b.webp"))
    summary, _ = work(Job((imgs,), format="PNG"), model)
    assert summary.done == 4
    assert set(digests(tmp_path / "imgs_x2")) == {"a.png", "a.jpg.png", "b.jpg.png", "b.webp.png"}
    assert counts(work(Job((imgs,), format="PNG"), model)[0]) == (0, 4, 0)
    assert read(tmp_path / "imgs_x2/a.jpg.png").height == 2 * read(imgs / "a.jpg").height


def test_a_single_file_goes_beside_itself_without_litter(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path, ("a.png",))
    for expected in ((1, 0, 0), (0, 1, 0)):
        assert counts(work(Job((imgs / "a.png",)), model)[0]) == expected
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_x2.png"]


def test_something_else_in_the_place_of_a_single_output_is_kept(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path, ("a.png",))
    (imgs / "a_x2.png").write_text("mine")
    summary, results = work(Job((imgs / "a.png",)), model)
    assert summary.exit_code == 3
    assert results["a.png"].code == "exists"
    assert (imgs / "a_x2.png").read_text() == "mine"
    assert work(Job((imgs / "a.png",), overwrite=True), model)[0].done == 1
    assert read(imgs / "a_x2.png").height == 48


def test_outputs_found_by_the_same_pattern_are_left_alone(tmp_path: Path, model: Model) -> None:
    make_pictures(tmp_path, ("a.png", "b.png"))
    job = Job((str(tmp_path / "*.png"),))
    assert counts(work(job, model)[0]) == (2, 0, 0)
    summary, results = work(job, model)
    assert counts(summary) == (0, 2, 0)
    assert results["a_x2.png"].code == "output"
    assert len(list(tmp_path.iterdir())) == 4


def test_an_output_folder_inside_the_input_is_not_an_input(imgs: Path, model: Model) -> None:
    job = Job((imgs,), output=imgs / "big")
    assert counts(work(job, model)[0]) == (5, 0, 0)
    assert counts(work(job, model)[0]) == (0, 5, 0)
    assert (imgs / "big/sub/c.png").exists()


def test_one_file_may_name_its_output(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png", "b.png"))
    assert work(Job((imgs / "a.png",), output=tmp_path / "new/result.jpg"), model)[0].done == 1
    assert read(tmp_path / "new/result.jpg").info.format == "JPEG"
    with pytest.raises(UsageError, match="one file"):
        work(Job((str(imgs / "*.png"),), output=tmp_path / "new/result.jpg"), model)


def test_every_file_of_a_hostile_folder_is_accounted_for(tmp_path: Path, model: Model) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    expected = make_hostile(folder)
    summary, _ = work(Job((folder,), workers=2), model)
    results: list[Result] = []
    run(Job((folder,), output=tmp_path / "again", workers=2), model, on_result=results.append)
    rows = {os.fsencode(result.path.relative_to(folder)): result for result in results}
    assert summary.exit_code == 3
    assert summary.bugs == 0
    assert summary.failed > 20
    for name, expectation in expected.items():
        row = rows.get(os.fsencode(name))
        assert row is not None, f"{name!r} is missing from the report"
        if expectation.status == "skipped":  # unless there may be a picture that was not seen
            assert row.status == ("failed" if row.code in ("vanished", "permission") else "skipped"), (name, row)
            assert row.code in expectation.codes, (name, row)
        elif expectation.status != "either":
            assert row.status == expectation.status, (name, row)
        if row.status == "failed" and expectation.codes:
            assert row.code in expectation.codes, (name, row)
        if row.status == "done":
            assert row.out is not None
            picture = read(row.out, limits=Limits(side=1 << 30))
            source = read(row.path)
            assert (picture.width, picture.height) == (2 * source.width, 2 * source.height), name
            assert picture.grey == source.grey or row.format not in ("PNG", "TIFF"), name


def test_limits_are_checked_before_decoding(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.png", "b.png"))
    side = [read(imgs / name).width * read(imgs / name).height for name in ("a.png", "b.png")]
    assert side[0] < side[1]
    for limits in (Limits(input_pixels=side[0]), Limits(output_pixels=4 * side[0])):
        summary, results = work(Job((imgs,), limits=limits, overwrite=True), model)
        assert counts(summary) == (1, 0, 1)
        assert results["b.png"].code == "too_large"


def test_an_output_too_large_for_its_format_fails_by_name(tmp_path: Path) -> None:
    imgs = make_pictures(tmp_path / "imgs", ("a.webp",))
    _, results = work(Job((imgs,), target=Target(width=16_400, height=1)), bicubic())
    assert results["a.webp"].code == "output_too_large_for_format"


def test_fail_fast_stops(tmp_path: Path, model: Model) -> None:
    imgs = make_pictures(tmp_path / "imgs", tuple(f"{number:02}.png" for number in range(20)))
    (imgs / "00.png").write_bytes(b"no picture")
    summary, _ = work(Job((imgs,), fail_fast=True), model)
    assert summary.failed == 1
    assert summary.exit_code == 3
    assert summary.left > 10
    assert summary.done + summary.left == 19
    assert work(Job((imgs,)), model)[0].done == 19 - summary.done


def test_a_locked_folder_is_refused(imgs: Path, model: Model, environment: dict[str, str]) -> None:
    code = "import sys; from srgan.files import folder_lock\nwith folder_lock(sys.argv[1]): print(flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(imgs.with_name("imgs_x2"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(OutputError, match=f"process {holder.pid}"):
            work(Job((imgs,)), model)
        holder.communicate(b"\n")
    assert work(Job((imgs,)), model)[0].done == 5


def test_the_folder_is_locked_while_a_job_runs(imgs: Path, model: Model) -> None:
    out = imgs.with_name("imgs_x2")

    def try_to_lock(result: Result) -> None:
        with pytest.raises(OutputError), folder_lock(out):
            pass

    assert run(Job((imgs,)), model, on_result=try_to_lock).done == 5


def test_temporaries_of_killed_runs_are_removed(imgs: Path, model: Model) -> None:
    out = imgs.with_name("imgs_x2")
    (out / "sub/old").mkdir(parents=True)
    stale = [out / ".srgan-1-aa.part", out / "sub/.srgan-2-bb.part", out / "sub/old/.srgan-3-cc.part"]
    for path in stale:
        path.write_bytes(b"half")
    work(Job((imgs,)), model)
    assert not any(path.exists() for path in stale)


def test_a_file_that_vanishes_fails_alone(imgs: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def plan_then_remove(*arguments: Any) -> Any:  # noqa: ANN401
        items = plan(*arguments)
        (imgs / "a.png").unlink()
        return items

    monkeypatch.setattr("srgan.batch.conduct.plan", plan_then_remove)
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (4, 0, 1)
    assert results["a.png"].code == "vanished"


def test_a_bug_fails_its_file_and_is_told(imgs: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    upscale = Model.upscale

    def broken(self: Model, picture: Any, **options: Any) -> Any:  # noqa: ANN401
        if picture.height == 24:
            raise KeyError("oops")
        return upscale(self, picture, **options)

    monkeypatch.setattr(Model, "upscale", broken)
    said: list[str] = []
    results: list[Result] = []
    summary = run(Job((imgs,)), model, on_result=results.append, say=said.append)
    assert (summary.done, summary.failed, summary.bugs, summary.exit_code) == (4, 1, 1, 1)
    assert any("Traceback" in line and "oops" in line for line in said)


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_exceptions_become_codes(imgs: Path, model: Model, monkeypatch: pytest.MonkeyPatch, error: type) -> None:
    def broken(self: Model, picture: Any, **options: Any) -> Any:  # noqa: ANN401
        raise error

    monkeypatch.setattr(Model, "upscale", broken)
    summary, results = work(Job((imgs,)), model)
    assert summary.failed == 5
    assert {result.code for result in results.values()} == {"oom" if error is MemoryError else "bug"}


def test_a_preview_writes_nothing(imgs: Path, model: Model) -> None:
    (imgs / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    results = {result.path.name: result for result in preview(Job((imgs,)), model)}
    assert [results[name].status for name in ("a.png", "d.webp", "bad.png")] == ["planned", "planned", "failed"]
    assert (results["a.png"].width, results["a.png"].out) == (48, imgs.with_name("imgs_x2") / "a.png")
    assert not imgs.with_name("imgs_x2").exists()
    (imgs / "bad.png").unlink()
    work(Job((imgs,)), model)
    before = {path: path.stat().st_mtime_ns for path in imgs.parent.rglob("*")}
    assert {result.code for result in preview(Job((imgs,)), model)} == {"already_done"}
    assert {path: path.stat().st_mtime_ns for path in imgs.parent.rglob("*")} == before


def test_nothing_to_do(tmp_path: Path, model: Model) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("no picture")
    with pytest.raises(NothingToDoError, match="empty"):
        work(Job((tmp_path / "empty",)), model)
    with pytest.raises(UsageError, match="gone"):
        work(Job((tmp_path / "gone",)), model)
    assert not (tmp_path / "empty_x2").exists()


def test_other_files_are_reported_as_ignored(imgs: Path, model: Model) -> None:
    (imgs / "notes.txt").write_text("no picture")
    (imgs / ".hidden.png").write_bytes(b"")
    shutil.copy(imgs / "a.png", imgs / "picture without suffix")
    summary, results = work(Job((imgs,)), model)
    assert (summary.done, summary.ignored, summary.failed) == (6, 2, 0)
    assert results["notes.txt"].code == "ignored"
    assert results[".hidden.png"].code == "hidden"
    assert read(imgs.with_name("imgs_x2") / "picture without suffix.png").width == 48


def test_several_workers_make_the_same(imgs: Path, model: Model, tmp_path: Path) -> None:
    work(Job((imgs,), output=tmp_path / "one"), model)
    work(Job((imgs,), output=tmp_path / "four", workers=4), model)
    assert digests(tmp_path / "one") == digests(tmp_path / "four")


def test_alpha_grey_and_depth_go_all_the_way(tmp_path: Path, model: Model) -> None:
    imgs = tmp_path / "imgs"
    imgs.mkdir()
    ramp = np.tile(np.arange(32, dtype=np.uint8) * 8, (20, 1))
    Image.fromarray(ramp).save(imgs / "grey.png")
    rgba = np.dstack([ramp, ramp[::-1], ramp, (ramp > 100) * np.uint8(255)])
    Image.fromarray(rgba).save(imgs / "rgba.png")
    Image.fromarray(ramp.astype(np.uint16) * 257).save(imgs / "deep.png")
    work(Job((imgs,)), model)
    pictures = {name: read(tmp_path / "imgs_x2" / f"{name}.png") for name in ("grey", "rgba", "deep")}
    assert pictures["grey"].grey
    assert pictures["deep"].grey
    assert pictures["deep"].rgb.dtype == np.uint16
    alpha = pictures["rgba"].alpha
    assert alpha is not None
    assert (alpha[:, :20] == 0).all()
    assert (alpha[:, 40:] == 255).all()


def test_the_journal_survives_being_read(imgs: Path, model: Model) -> None:
    work(Job((imgs,)), model)
    with sqlite3.connect(imgs.with_name("imgs_x2") / JOURNAL) as database:
        rows = database.execute("SELECT out, path, how FROM outputs").fetchall()
    database.close()
    assert {os.fsdecode(row[0]) for row in rows} == set(NAMES)
    assert len({row[2] for row in rows}) == 1
    assert json.dumps([os.fsdecode(row[1]) for row in rows])


@pytest.mark.parametrize("name", ["look", "read"])
def test_a_file_that_changes_while_it_is_read_fails(
    imgs: Path, model: Model, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole = getattr(Decoder, name)

    def read_then_touch(self: Decoder, source: str | Path | bytes, *more: int) -> Any:  # noqa: ANN401
        result = whole(self, source, *more)
        if Path(os.fsdecode(source)).name == "a.png":
            os.utime(imgs / "a.png", ns=(1, 1))
        return result

    monkeypatch.setattr(Decoder, name, read_then_touch)
    if name == "read":
        monkeypatch.setattr("srgan.batch.work._SMALL", 0)
    summary, results = work(Job((imgs,)), model)
    assert counts(summary) == (4, 0, 1)
    assert results["a.png"].code == "vanished"
