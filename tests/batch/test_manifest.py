"""Jobs whose inputs are listed in a file."""

import json
import os
from pathlib import Path

import pytest

from pipelines.upscale import main
from srgan.batch import Job, run
from srgan.cli import cli
from srgan.cli.errors import run as run_command
from srgan.files import read_manifest
from srgan.runtime import Model, load_model
from tests.batch.pictures import NAMES, digests, make_model, make_pictures

ODD = os.fsdecode(b"sub/odd \xff.png")


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return load_model(make_model(tmp_path / "tiny.onnx"), device="cpu")


@pytest.fixture
def imgs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_pictures(tmp_path / "imgs", (*NAMES, "sub/odd.png"))
    (folder / "sub/odd.png").rename(folder / ODD)
    monkeypatch.chdir(folder)
    return folder


def test_what_is_listed_is_made_as_if_the_folder_had_nothing_else(imgs: Path, model: Model, tmp_path: Path) -> None:
    wanted = ["sub/deep/d.webp", "e ü 文.tif", ODD]
    (tmp_path / "list").write_bytes(b"\0".join(os.fsencode(name) for name in wanted))
    run(Job((imgs,), tmp_path / "all"), model)
    summary = run(Job((), tmp_path / "some", listed=read_manifest(tmp_path / "list", imgs)), model)
    assert (summary.done, summary.failed) == (3, 0)
    everything = digests(tmp_path / "all")
    assert digests(tmp_path / "some") == {name: everything[name] for name in sorted(wanted)}


def test_the_command_line(imgs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = ["--device", "cpu", "-m", str(tmp_path / "tiny.onnx"), "--report", str(tmp_path / "report")]
    make_model(tmp_path / "tiny.onnx")
    manifest = tmp_path / "list"
    manifest.write_bytes(b"a.png\ngone.png\n" + os.fsencode(ODD) + b"\n")
    out = tmp_path / "out"
    assert run_command(cli, ["upscale", "--manifest", str(manifest), "-o", str(out), *wishes]) == 3
    assert sorted(digests(out)) == ["a.png", ODD]
    rows = [json.loads(line) for line in (tmp_path / "report").read_bytes().splitlines()]
    assert {row["code"] for row in rows} == {None, "vanished"}
    # The report lists the same inputs; what is done is done, the rest is tried again.
    again = tmp_path / "again"
    (tmp_path / "report").rename(again)
    (imgs / "b.jpg").rename(imgs / "gone.png")
    assert run_command(cli, ["upscale", "--manifest", str(again), "-o", str(out), *wishes]) == 0
    assert sorted(digests(out)) == ["a.png", "gone.jpg", ODD]
    capsys.readouterr()
    assert run_command(cli, ["upscale", "sub/c.png", "--manifest", str(manifest), "--dry-run", *wishes[:4]]) == 0
    shown = capsys.readouterr().out
    assert "a_x2.png" in shown
    assert "sub/c_x2.png" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "name files or folders, or a list of them with --manifest"),
        (["--manifest", "none"], 2, "does not exist"),
        (["--manifest", "empty"], 4, "empty list"),
        (["imgs", "--watch", "--manifest", "empty"], 2, "--watch"),
        (["-", "-o", "a.png", "--manifest", "empty"], 2, "--manifest is for files"),
    ],
)
def test_what_makes_no_sense_is_told(
    arguments: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_model(tmp_path / "tiny.onnx")
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "imgs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run_command(cli, ["upscale", *arguments, "-m", "tiny.onnx", "--device", "cpu"]) == code
    assert words in capsys.readouterr().err


def test_the_pipeline(imgs: Path, model: Model, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b'{"path": "sub/c.png"}\n')
    options = ["--model", str(tmp_path / "tiny.onnx"), "--manifest", str(tmp_path / "list"), "--device", "cpu"]
    assert main([str(imgs), str(tmp_path / "out"), *options]) == 0
    assert digests(tmp_path / "out").keys() - {"report.ndjson"} == {"sub/c.png"}
