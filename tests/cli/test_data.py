"""``srgan data``."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.images import imresize


@pytest.fixture
def high(tmp_path: Path) -> Path:
    folder = tmp_path / "high"
    folder.mkdir()
    for number in range(2):
        random = np.random.default_rng(number)
        soft = imresize(random.integers(0, 256, (12, 15, 3), np.uint8), size=(72, 80))
        grain = random.normal(0, 5, soft.shape)
        Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8)).save(folder / f"{number}.png")
    return folder


def test_check_of_clean_data(high: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low = tmp_path / "low"
    assert run(cli, ["data", "make-lr", str(high), "-o", str(low), "-s", "2"]) == 0
    assert capsys.readouterr().out.split() == [str(low / "0.png"), str(low / "1.png")]
    assert run(cli, ["data", "check", str(high), "--low", str(low), "-s", "2", "--patch", "16"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "2 of 2 small pictures made by: MATLAB bicubic",
        "2 pictures: 0 problems, 0 notes",
    ]
    assert "checked 2/2" in err


def test_check_names_what_is_wrong(high: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (high / "broken.png").write_text("no picture")
    valid = tmp_path / "valid"
    valid.mkdir()
    (valid / "leak.png").write_bytes((high / "0.png").read_bytes())
    arguments = ["data", "check", str(high), "--valid", str(valid), "-s", "3", "--patch", "16"]
    assert run(cli, arguments) == 3
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{high / 'broken.png'}: ")
    assert lines[0].endswith("[unreadable]")
    assert lines[1] == f"{valid / 'leak.png'}: is also among the training pictures: {high / '0.png'} [leak]"
    assert lines[2] == "4 pictures: 2 problems, 2 notes (--notes lists them)"
    run(cli, [*arguments, "--notes"])
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert run(cli, [*arguments, "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["problems"] == 2
    assert [finding["kind"] for finding in report["findings"] if finding["note"]] == ["not_multiple"] * 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "{tmp}/nowhere"], 2),
        (["check", "{tmp}/empty"], 4),
        (["check", "{high}", "--low", "{tmp}/nowhere"], 2),
        (["check", "{high}", "--valid", "{tmp}/empty"], 4),
        (["make-lr", "{tmp}/empty", "-o", "{tmp}/low"], 4),
        (["make-lr", "{high}", "-o", "{high}/low"], 2),
        (["make-lr", "{high}", "-o", "{high}/0.png/low"], 2),
        (["make-lr", "{high}", "-o", "{tmp}/file/low"], 5),
        (["make-lr", "{high}", "-o", "{tmp}/low", "-s", "1"], 2),
        (["pack", "{tmp}/empty", "-o", "{tmp}/cache"], 4),
        (["pack", "{high}", "-o", "{tmp}/file"], 5),
        (["pack", "{high}", "-o", "{tmp}/cache", "--low", "{high}", "--high-only"], 2),
        (["preview", "{tmp}/nowhere.toml", "-o", "{tmp}/sheet.png"], 2),
        (["preview", "{tmp}/nowhere.toml", "-o", "{tmp}/sheet.doc"], 2),
        (["preview"], 2),
    ],
)
def test_exit_codes(
    high: Path, tmp_path: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    words = [word.format(tmp=tmp_path, high=high) for word in arguments]
    assert run(cli, ["data", *words]) == code
    assert capsys.readouterr().out == ""


def test_make_lr_goes_on_after_a_bad_picture(high: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (high / "broken.png").write_text("no picture")
    assert run(cli, ["data", "make-lr", str(high), "-o", str(tmp_path / "low")]) == 3
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert f"srgan: {high / 'broken.png'}: " in err
    assert "2 made, 0 already there, 1 failed" in err
    (high / "broken.png").unlink()
    assert run(cli, ["data", "make-lr", str(high), "-o", str(tmp_path / "low")]) == 0
    assert "0 made, 2 already there, 0 failed" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--high-only"]])
def test_pack_makes_what_the_run_file_names(
    high: Path, tmp_path: Path, repository: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A run with that cache finds it and adds nothing."""
    from srgan.data import Batches
    from srgan.training import Trainer, load_run

    cache = tmp_path / "cache"
    assert run(cli, ["data", "pack", str(high), "-o", str(cache), "-s", "2", *more]) == 0
    out, err = capsys.readouterr()
    assert f'[data] cache = "{cache}"' in err
    assert list(cache.iterdir()) == [Path(out.strip())]
    overrides = (f"data.high={high}", f"data.cache={cache}", *(['data.degradation={kind="mild"}'] if more else []))
    trainer = Trainer(load_run(repository / "runs" / "tiny.toml", (*overrides, f"output={tmp_path}")))
    before = Path(out.strip()).stat().st_mtime_ns
    batches = trainer.feeding.batches(trainer.stage.section, 16)
    assert isinstance(batches, Batches)
    assert batches.arrays(0)[0].shape == (4, 16, 16, 3)
    assert [path.stat().st_mtime_ns for path in cache.iterdir()] == [before]


def test_preview(high: Path, tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.png"
    overrides = [f"data.high={high}", "data.degradation.kind=mild"]
    words = [word for override in overrides for word in ("--set", override)]
    file = str(repository / "runs" / "tiny.toml")
    assert run(cli, ["data", "preview", file, "-o", str(sheet), "-n", "4", *words]) == 0
    assert capsys.readouterr().out == f"{sheet}\n"
    with Image.open(sheet) as image:
        # Two columns and two rows of 32x32 pixels | 16x16 pixels enlarged.
        assert image.size == (2 * 68 + 3 * 16, 2 * 32 + 3 * 16)
        small = np.asarray(image)[16:48, 16 + 36 : 16 + 68]
    assert np.array_equal(small, small[::2, ::2].repeat(2, axis=0).repeat(2, axis=1))
