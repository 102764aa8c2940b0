import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.images import read
from tests.batch.pictures import NAMES, digests, make_model, make_pictures
from tests.cli.shell import Shell
from tests.images.hostile import make_hostile
from tests.zoo.conftest import add_model, index, packaged

__all__ = ["index", "packaged"]

FLAGS = [
    *("--output", "--scale", "--model", "--format", "--quality", "--tile", "--jobs", "--width", "--height"),
    *(
        "--long-side",
        "--device",
        "--precision",
        "--overwrite",
        "--dry-run",
        "--report",
        "--json",
        "--fail-fast",
        "--keep-gps",
        "--max-input-mp",
        "--max-output-mp",
        "--mp",
        "--strength",
        "--tta",
        "--fix-colour",
        "--watch",
        "--frames",
        "--retry-failed",
        "--stats",
    ),
]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    make_pictures(tmp_path / "imgs")
    make_model(tmp_path / "tiny.onnx")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys, "upscale", "tiny.onnx")


def child(folder: Path, environment: dict[str, str], *arguments: str, **options: Any) -> Any:  # noqa: ANN401
    return subprocess.run(
        [sys.executable, "-m", "srgan", "upscale", "-m", "tiny.onnx", *arguments],
        **{"cwd": folder, "env": environment, "capture_output": True, "check": False, **options},
    )


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["upscale", "--help"]) == 0
    text = capsys.readouterr().out
    assert not [flag for flag in FLAGS if flag not in text]


def test_a_folder(shell: Shell) -> None:
    assert shell("imgs/") == 0
    assert sorted(shell.out.splitlines()) == sorted(f"imgs_x2/{name}" for name in digests(Path("imgs")))
    assert "tiny x2, openvino on CPU (" in shell.said
    assert "5 upscaled in" in shell.said
    assert shell("imgs/") == 0
    assert shell.out == ""
    assert "0 upscaled, 5 already there" in shell.said


def test_files_and_patterns(shell: Shell) -> None:
    assert shell("imgs/a.png", "imgs/s*/*.png") == 0
    assert shell.out.splitlines() == ["imgs/a_x2.png", "imgs/sub/c_x2.png"]


@pytest.mark.parametrize(
    ("options", "name", "size"),
    [
        (["-s", "3"], "a_x3.png", (72, 72)),
        (["--scale", "1.5"], "a_x1.5.png", (36, 36)),
        (["-s", "6"], "a_x6.png", (144, 144)),
        (["--width", "50"], "a_w50.png", (50, 50)),
        (["--height", "31"], "a_h31.png", (31, 31)),
        (["--width", "50", "--height", "31"], "a_w50_h31.png", (50, 31)),
        (["--long_side", "100"], "a_long100.png", (100, 100)),
        (["-f", "webp", "-q", "80"], "a_x2.webp", (48, 48)),
        (["-f", "JPG", "-q", "30"], "a_x2.jpg", (48, 48)),
        (["-t", "16", "-j", "2", "--precision", "fp32"], "a_x2.png", (48, 48)),
        (["-o", "new/"], "../new/a.png", (48, 48)),
        (["-o", "new/b.tif"], "../new/b.tif", (48, 48)),
    ],
)
def test_sizes_formats_and_names(shell: Shell, options: list[str], name: str, size: tuple[int, int]) -> None:
    assert shell("imgs/a.png", *options) == 0, shell.said
    result = read(Path("imgs") / name)
    assert (result.width, result.height) == size
    assert Path(shell.out.strip()).resolve() == (Path("imgs") / name).resolve()


def test_other_finishes_are_made_anew(shell: Shell) -> None:
    seen = []
    for options in ([], ["--strength", "0.5"], ["--tta"], ["--fix-colour"]):
        assert shell("imgs", *options) == 0
        assert "5 upscaled" in shell.said
        seen.append(digests(shell.folder / "imgs_x2")["a.png"])
        assert shell("imgs", *options) == 0
        assert "5 already there" in shell.said
    assert len(set(seen)) == 4
    assert "discriminator" not in shell.said
    assert shell("imgs", "--strength", "2") == 2


def test_strength_mixes_with_what_it_says(shell: Shell) -> None:
    assert shell("imgs/a.png", "-o", "tiny.png", "--strength", "0.6") == 0
    assert "--strength 0.6: 60% of it, the rest is bicubic" in shell.said
    assert shell("imgs/a.png", "-o", "true.png", model="x4-fidelity") == 0
    assert "--strength" not in shell.said
    assert shell("imgs/a.png", "-o", "none.png", "--strength", "0", model="x4") == 0
    assert "--strength 0: x4-fidelity alone" in shell.said
    assert (read(Path("none.png")).rgb == read(Path("true.png")).rgb).all()
    assert shell("imgs/a.png", "-o", "half/", "--strength", ".5", model="x4") == 0
    assert "--strength 0.5: 50% of it, the rest is x4-fidelity" in shell.said
    assert shell("imgs/a.png", "-o", "half/", "--strength", ".5", model="x4") == 0
    assert "1 already there" in shell.said


def test_the_scale_chooses_the_default_model(packaged: Path, shell: Shell) -> None:
    add_model(packaged, "x4", scale=4)
    add_model(packaged, "half", more="default = true")
    for options, name in ((["-s", "2"], "half"), (["-s", "3"], "x4"), (["--width", "48"], "x4")):
        assert shell("imgs/a.png", "--dry-run", *options, model=None) == 0
        assert f"srgan: {name} x" in shell.said


def test_an_ensemble_of_a_model_that_played_a_game_is_warned_of(shell: Shell) -> None:
    assert shell("imgs/a.png", "--tta", model="x4") == 0
    assert "x4 was trained against a discriminator: --tta blurs" in shell.said


def test_precision_is_what_was_asked_for(shell: Shell) -> None:
    assert shell("imgs/a.png", "--precision", "fp32") == 0
    assert "in fp32" in shell.said


def test_quality_matters(shell: Shell) -> None:
    sizes = []
    for quality in ("10", "95"):
        assert shell("imgs/a.png", "-f", "jpg", "-q", quality, "-o", f"q{quality}") == 0
        sizes.append(Path(f"q{quality}/a.jpg").stat().st_size)
    assert sizes[0] < sizes[1]


def test_overwrite(shell: Shell) -> None:
    assert shell("imgs/a.png") == 0
    assert shell("imgs/a.png") == 0
    assert "already there; --overwrite" in shell.said
    assert shell("imgs/a.png", "--overwrite") == 0
    assert shell.out == "imgs/a_x2.png\n"


def test_dry_run_writes_nothing(shell: Shell) -> None:
    before = digests(shell.folder)
    assert shell("imgs", "--dry-run") == 0
    assert "imgs/a.png -> imgs_x2/a.png (48 x 48)" in shell.out
    assert "5 would be upscaled" in shell.said
    assert digests(shell.folder) == before
    Path("imgs/bad.png").write_bytes(b"bad")
    assert shell("imgs", "--dry_run", "--json") == 3
    assert {row["status"] for row in shell.rows} == {"planned", "failed"}
    assert not Path("imgs_x2").exists()


def test_json_and_report_say_the_same(shell: Shell) -> None:
    Path("imgs/bad.png").write_bytes(b"bad")
    Path("imgs/notes.txt").write_text("notes")
    assert shell("imgs", "--json", "--report", "report.ndjson") == 3
    assert [json.loads(line) for line in Path("report.ndjson").read_text().splitlines()] == shell.rows
    assert sorted(row["status"] for row in shell.rows) == [*["done"] * 5, "failed", "skipped"]
    (bad,) = (row for row in shell.rows if row["status"] == "failed")
    assert (bad["path"], bad["code"], bad["out"]) == ("imgs/bad.png", "not_an_image", None)
    done = next(row for row in shell.rows if row["path"] == "imgs/a.png")
    assert (done["fmt"], done["w"], done["h"], done["out"]) == ("PNG", 48, 48, "imgs_x2/a.png")
    assert "failed: imgs/bad.png: " in shell.said
    assert "5 upscaled, 1 failed, 1 ignored" in shell.said


def test_a_hostile_folder_is_reported_to_the_last_file(shell: Shell) -> None:
    Path("hostile").mkdir()
    expected = make_hostile(shell.folder / "hostile")
    assert shell("hostile", "--report", "report.ndjson") == 3
    rows = [json.loads(line) for line in Path("report.ndjson").read_text(encoding="utf-8").splitlines()]
    told = {row["path_b64"] if "path_b64" in row else row["path"] for row in rows}
    assert len(told) == len(rows)
    assert len([row for row in rows if "\n" in row["message"] or len(row["message"]) > 200]) == 0
    plain = {f"hostile/{name}" for name in expected if name.isprintable()}
    assert plain - told == set()
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", shell.said), "control characters reached the terminal"


def test_stats_close_everything_that_is_told(shell: Shell) -> None:
    assert shell("imgs", "--stats", "--json", "--report", "r.ndjson") == 0
    *files, closing = shell.rows
    assert len(files) == len(NAMES)
    assert closing["stats"]["bottleneck"] in closing["stats"]["busy"]
    assert "bottleneck: " in shell.said
    lines = (shell.folder / "r.ndjson").read_text().splitlines()
    assert json.loads(lines[-1]) == closing
    assert len(lines) == len(NAMES) + 1
    assert shell("imgs", "--json") == 0
    assert "stats" not in shell.rows[-1]
    assert "bottleneck" not in shell.said


def test_only_what_failed_is_tried_again(shell: Shell) -> None:
    whole = (shell.folder / "imgs/a.png").read_bytes()
    (shell.folder / "imgs/a.png").write_bytes(whole[:100])
    assert shell("imgs", "--report", "r.ndjson") == 3
    (shell.folder / "imgs/a.png").write_bytes(whole)
    (shell.folder / "imgs_x2/sub/c.png").unlink()
    assert shell("imgs", "--retry-failed", "r.ndjson", "--report", "r.ndjson", "--json") == 0
    assert [(row["path"], row["status"]) for row in shell.rows] == [("imgs/a.png", "done")]
    assert not (shell.folder / "imgs_x2/sub/c.png").exists()
    assert shell("imgs", "--retry-failed", "r.ndjson") == 0
    assert "0 upscaled" in shell.said
    (shell.folder / "r.ndjson").write_text('{"path": "elsewhere.png", "status": "failed"}')
    assert shell("imgs", "--retry-failed", "r.ndjson") == 0
    assert "1 of 1 failed files of the report are not among the inputs" in shell.said


def test_limits(shell: Shell) -> None:
    assert shell("imgs/a.png", "--max-input-mp", "0.0001") == 3
    assert "[too_large]" in shell.said
    assert shell("imgs/a.png", "--max_output_mp", "0.001") == 3
    assert "[too_large]" in shell.said
    assert shell("imgs/a.png", "--max-output-mp", "0.0024") == 0


def test_fail_fast(shell: Shell) -> None:
    Path("imgs/0.png").write_bytes(b"bad")
    assert shell("imgs", "--fail-fast") == 3
    assert "left to do" in shell.said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["imgs", "--watch", "--dry-run"], 2, "--watch goes with neither"),
        (["imgs", "--stats", "--dry-run"], 2, "--dry-run does none"),
        (["-", "--frames", "all", "-o", "x.png"], 2, "--frames all is for files"),
        (["-", "--watch"], 2, "--watch is for files"),
        (["-", "--stats"], 2, "--stats is for files"),
        (["imgs", "--retry-failed", "missing"], 2, "does not exist"),
        (["imgs", "--retry-failed", "imgs/a.png"], 2, "is no line of a report"),
        (["gone"], 2, "'gone'"),
        (["imgs/*.gif"], 2, "*.gif"),
        (["imgs", "-f", "xyz"], 2, "png"),
        (["imgs", "-s", "2", "--width", "5"], 2, "--scale"),
        (["imgs", "-s", "0"], 2, "--scale"),
        (["imgs", "-q", "101"], 2, "100"),
        (["imgs", "--no-such-flag"], 2, "--no-such-flag"),
        ([], 2, "INPUT"),
        (["imgs/a.png", "imgs/b.jpg", "-o", "-"], 2, "exactly one"),
        (["-", "imgs"], 2, "exactly one"),
        (["imgs/a.png", "-o", "-", "--json"], 2, "--json"),
        (["imgs/a.png", "-o", "-", "--dry-run"], 2, "--dry-run"),
        (["imgs", "--max-input-mp", "nan"], 2, "--max-input-mp"),
        (["imgs", "--max-output-mp", "inf"], 2, "--max-output-mp"),
        (["imgs", "-o", "imgs"], 2, "input folder itself"),
        (["imgs", "-o", "result.png"], 2, "one file"),
        (["imgs", "--report", "imgs/a.png"], 2, "--report"),
        (["empty"], 4, "no picture"),
        (["imgs", "-o", "tiny.onnx/x"], 5, "tiny.onnx"),
        (["imgs", "--report", "imgs/a.png/x"], 5, "report"),
    ],
)
def test_wrong_use(shell: Shell, arguments: list[str], code: int, words: str) -> None:
    Path("empty").mkdir()
    assert shell(*arguments) == code
    assert words in shell.said
    assert "Traceback" not in shell.said
    assert shell.out == ""


@pytest.mark.parametrize(
    ("model", "words"),
    [("x5", "models: "), ("gone.onnx", "gone.onnx"), ("imgs/a.png", "not an ONNX"), ("a.pth", "export")],
)
def test_wrong_models(shell: Shell, model: str, words: str) -> None:
    assert shell("imgs", model=model) == 6
    assert words in shell.said
    assert not Path("imgs_x4").exists()


def test_bicubic_is_built_in(shell: Shell) -> None:
    assert shell("imgs/a.png", model="bicubic") == 0
    assert read(Path("imgs/a_x4.png")).width == 96


def test_names_that_begin_with_a_dash_or_are_no_text(shell: Shell, environment: dict[str, str]) -> None:
    strange = ["-rf.png", "new\nline.png", os.fsdecode(b"\xff\xfe.png"), "\x1b[31m.png"]
    Path("odd").mkdir()
    for name in strange:
        (Path("odd") / name).write_bytes(Path("imgs/a.png").read_bytes())
    done = child(shell.folder, environment, "odd")
    assert done.returncode == 0, done.stderr
    assert sorted(digests(Path("odd_x2"))) == sorted(strange)
    assert b"odd_x2/new\\nline.png" in done.stdout
    assert b"\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 4
    assert child(shell.folder / "odd", environment, "-m", "../tiny.onnx", "--", "-rf.png").returncode == 0


def test_stdin_to_stdout(shell: Shell, environment: dict[str, str]) -> None:
    data = Path("imgs/a.png").read_bytes()
    assert shell("imgs", "--precision", "fp32") == 0
    done = child(shell.folder, environment, "-", "--precision", "fp32", input=data)
    assert done.returncode == 0, done.stderr
    assert done.stdout == Path("imgs_x2/a.png").read_bytes()
    jpeg = child(shell.folder, environment, "-", "-o", "-", "-f", "jpg", "-s", "3", input=data)
    with Image.open(io.BytesIO(jpeg.stdout)) as image:
        assert (image.format, image.size) == ("JPEG", (72, 72))
    assert b"openvino on CPU" in jpeg.stderr


def test_stdin_to_a_file_and_a_file_to_stdout(shell: Shell, environment: dict[str, str]) -> None:
    data = Path("imgs/b.jpg").read_bytes()
    for code in (0, 2):  # the second time it is there
        assert child(shell.folder, environment, "-", "-o", "out.png", input=data).returncode == code
    assert child(shell.folder, environment, "-", "-o", "out.png", "--overwrite", input=data).returncode == 0
    assert read(Path("out.png")).height == 2 * read(Path("imgs/b.jpg")).height
    done = child(shell.folder, environment, "imgs/b.jpg", "-o", "-", "-f", "png")
    assert done.stdout == Path("out.png").read_bytes()


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_bad_stream(shell: Shell, environment: dict[str, str], data: bytes) -> None:
    done = child(shell.folder, environment, "-", input=data)
    assert done.returncode == 3
    assert done.stdout == b""
    assert b"failed: -: " in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="uses a pseudo-terminal")
def test_no_picture_is_written_to_a_terminal(shell: Shell, environment: dict[str, str]) -> None:
    main, terminal = pty.openpty()
    try:
        done = child(
            shell.folder,
            environment,
            "imgs/a.png",
            "-o",
            "-",
            capture_output=False,
            stdout=terminal,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(terminal)
        os.close(main)
    assert done.returncode == 2
    assert b"terminal" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="uses a pseudo-terminal")
def test_a_terminal_sees_a_bar(shell: Shell, environment: dict[str, str]) -> None:
    main, terminal = pty.openpty()
    done = child(
        shell.folder,
        {**environment, "TERM": "xterm"},
        "imgs",
        capture_output=False,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(main)
    assert done.returncode == 0
    assert b"upscaling" in shown
    assert b"5/5" in shown
    assert len(done.stdout.splitlines()) == 5


def test_nothing_of_training_is_imported(shell: Shell, environment: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'kornia', 'albumentations', 'lpips'): sys.modules[name] = None\n"
        "from srgan.cli.errors import run; from srgan.cli import cli\n"
        "code = run(cli, ['upscale', 'imgs/a.png', '-m', 'tiny.onnx'])\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=shell.folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert np.asarray(Image.open("imgs/a_x2.png")).shape == (48, 48, 3)
