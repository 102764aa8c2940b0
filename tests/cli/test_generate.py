import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.images import read, read_parameters
from srgan.runtime import load_model
from tests.batch.pictures import digests, leftovers
from tests.cli.shell import Shell
from tests.runtime import networks, translators
from tests.runtime.makers import SIZE, described

FLAGS = [
    *("--count", "--output", "--captions", "--class", "--seed", "--truncation", "--upscale", "--model", "--format"),
    *("--quality", "--tokenizer", "--grid", "--sheet", "--device", "--precision", "--overwrite", "--dry-run"),
    *("--report", "--json", "--fail-fast"),
]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    for kind, name in (("text", "words"), ("class", "pets"), ("noise", "blots")):
        (tmp_path / f"{name}.onnx").write_bytes(described(kind, name=name))  # type: ignore[arg-type]
    (tmp_path / "double.onnx").write_bytes(networks.described(2, name="double"))
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys, "generate", "words.onnx")


def made(folder: str = "out") -> list[str]:
    return sorted(digests(Path(folder)))


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["generate", "--help"]) == 0
    text = capsys.readouterr().out
    assert not [flag for flag in FLAGS if flag not in text]
    assert "--jobs" not in text
    assert "as the input" not in text


def test_texts_become_numbered_pictures(shell: Shell) -> None:
    assert shell("a red apple", "a blue sea", "-n", "2", "-o", "out/") == 0
    names = ["out/a-red-apple_1.png", "out/a-red-apple_2.png", "out/a-blue-sea_1.png", "out/a-blue-sea_2.png"]
    assert shell.out.splitlines() == names
    assert "words, onnxruntime on CPU (" in shell.said
    assert "4 generated in" in shell.said
    expected = load_model("words.onnx", device="cpu").generate(["a red apple", "a blue sea"], count=2)
    for name, pixels in zip(names, expected, strict=True):
        assert (read(Path(name)).rgb == pixels).all()


def test_a_picture_says_how_it_was_made(shell: Shell) -> None:
    from srgan import __version__

    assert shell("a red apple", "-n", "2", "--seed", "3", "--truncation", "0.7", "-o", "out") == 0
    model = load_model("words.onnx", device="cpu")
    line = f"Seed: 3, Sample: 1, Truncation: 0.7, Model: words, Model hash: {model.sha256}, Size: 8x8, "
    expected = f"a red apple\n{line}Version: srgan {__version__}"
    assert read_parameters(Path("out/a-red-apple_2.png")) == expected
    assert shell("--class", "0 or 1", "-q", "80", "-o", "cat.jpg", model="pets.onnx") == 0
    assert str(read_parameters(Path("cat.jpg"))).startswith(
        "Class: 0 or 1, Seed: 0, Sample: 0, Quality: 80, Model: pets"
    )
    Path("odd.onnx").write_bytes(described(name="a: b, c"))
    assert shell("x", "-o", "x.png", model="odd.onnx") == 0
    assert 'Model: "a: b, c", ' in str(read_parameters(Path("x.png")))


def test_running_it_again_makes_only_what_is_missing(shell: Shell) -> None:
    assert shell("a red apple", "-n", "3", "-o", "out") == 0
    before = digests(Path("out"))
    Path("out/a-red-apple_2.png").unlink()
    stale = Path("out/.srgan-1-abc.part")
    stale.write_bytes(b"half a picture")
    assert shell("a red apple", "-n", "4", "-o", "out") == 0
    assert shell.out.splitlines() == ["out/a-red-apple_2.png", "out/a-red-apple_4.png"]
    assert "2 generated, 2 already there" in shell.said
    assert {name: digests(Path("out"))[name] for name in before} == before
    assert leftovers(Path("out")) == []


@pytest.mark.parametrize("format", ["png", "jpg", "bmp"])
def test_other_files_of_that_name_are_left_alone(shell: Shell, format: str) -> None:
    assert shell("cat", "dog", "-o", "out", "-f", format) == 0
    mine = Path(f"out/cat_1.{format}")
    mine.write_bytes(b"precious")
    assert shell("cat", "dog", "-o", "out", "-f", format) == 3
    assert f"failed: cat: out/cat_1.{format} is something else" in shell.said
    assert "1 already there, 1 failed" in shell.said
    assert mine.read_bytes() == b"precious"
    # Results of another seed are other pictures too.
    assert shell("dog", "-o", "out", "-f", format, "--seed", "1") == 3
    assert shell("cat", "dog", "-o", "out", "-f", format, "--overwrite") == 0
    assert "2 generated" in shell.said
    assert mine.read_bytes() != b"precious"


def test_lines_of_a_file(shell: Shell) -> None:
    Path("c.jsonl").write_text(
        '{"caption": "a red apple"}\n{"caption": ""}\n{"caption": "яблоко", "count": 1, "name": "fruit", "seed": 9}\n'
        '{"class": "cat"}\nnonsense\n{"caption": "A red apple!"}\n{"caption": "a red apple"}\n'
    )
    assert shell("--captions", "c.jsonl", "-n", "2", "-o", "out", "--report", "r.ndjson") == 3
    for line in (
        "c.jsonl:2: the text is empty",
        "c.jsonl:4: the model 'words' has no classes",
        "c.jsonl:5: the line is not JSON",
    ):
        assert f"failed: {line}" in shell.said
    assert "5 generated, 3 failed" in shell.said
    kept = made()
    assert {"a-red-apple_1.png", "a-red-apple_2.png", "fruit.png"} < set(kept)
    assert [name[:12] for name in kept if "~" in name] == ["a-red-apple~"] * 2
    rows = [json.loads(line) for line in Path("r.ndjson").read_text().splitlines()]
    assert [row["status"] for row in rows].count("failed") == 3
    fruit = next(row for row in rows if row["line"] == "c.jsonl:3")
    assert (fruit["caption"], fruit["seed"], fruit["sample"]) == ("яблоко", 9, 0)
    assert (fruit["fmt"], fruit["w"], fruit["h"], fruit["out"]) == ("PNG", 8, 8, "out/fruit.png")
    expected = load_model("words.onnx", device="cpu").generate("яблоко", seed=9)[0]
    assert (read(Path("out/fruit.png")).rgb == expected).all()


def test_fail_fast_stops_at_the_first_line_that_fails(shell: Shell) -> None:
    Path("c.txt").write_text("one\n\u200b\ntwo\n")
    assert shell("--captions", "c.txt", "-o", "out", "--fail-fast") == 3
    assert made() == ["one_1.png"]
    assert "1 left to do" in shell.said


def test_classes_and_noise_alone(shell: Shell) -> None:
    assert shell("--class", "dog", "--class", "0", "-o", "out", model="pets.onnx") == 0
    assert made() == ["cat_1.png", "dog_1.png"]
    Path("c.txt").write_text("Dog\ncow\n")
    assert shell("--captions", "c.txt", "-o", "out", model="pets.onnx") == 3
    assert "1 already there, 1 failed" in shell.said
    assert shell("-n", "2", "-o", "more", model="blots.onnx") == 0
    assert made("more") == ["blots_1.png", "blots_2.png"]


def test_the_current_folder_and_a_file(shell: Shell) -> None:
    before = digests(Path())
    assert shell("a cat") == 0
    assert shell("a cat", "-o", "new/cat.webp") == 0
    assert digests(Path()).keys() - before.keys() == {"a-cat_1.png", "new/cat.webp"}
    with Image.open("new/cat.webp") as image:
        assert (image.format, image.size) == ("WEBP", (SIZE, SIZE))
    assert shell("a cat", "-o", "new/cat.webp") == 0
    assert "1 already there" in shell.said


def test_a_grid_and_a_sheet_show_everything(shell: Shell) -> None:
    Path("c.jsonl").write_text('{"caption": "one", "count": 3}\n{"caption": "two", "count": 1}\n')
    options = ("--captions", "c.jsonl", "-o", "out", "--grid", "more/grid.png", "--sheet", "sheet.png")
    assert shell(*options) == 0
    grid = read(Path("more/grid.png")).rgb
    one = read(Path("out/one_3.png")).rgb
    places = [
        (y, x)
        for y in range(grid.shape[0] - SIZE)
        for x in range(grid.shape[1] - SIZE)
        if (grid[y : y + SIZE, x : x + SIZE] == one).all()
    ]
    assert len(places) == 1
    sheet = Path("sheet.png").read_bytes()
    assert read(Path("sheet.png")).width > grid.shape[1]
    # Also when all is there already, and of what is there.
    Path("sheet.png").unlink()
    assert shell(*options) == 0
    assert "0 generated, 4 already there" in shell.said
    assert Path("sheet.png").read_bytes() == sheet


def test_a_second_stage_enlarges(shell: Shell) -> None:
    assert shell("a cat", "-o", "out", "--upscale", "double.onnx") == 0
    assert "double x2, openvino on CPU" in shell.said
    result = read(Path("out/a-cat_1.png")).rgb
    small = load_model("words.onnx", device="cpu").generate("a cat")[0]
    expected = load_model("double.onnx", device="cpu", precision="fp32").upscale(small)
    assert (result == expected).all()
    said = str(read_parameters(Path("out/a-cat_1.png")))
    assert f"Upscaler: double, Upscaler hash: {load_model('double.onnx', device='cpu').sha256}, Size: 16x16" in said
    assert shell("a cat", "-o", "out") == 3, "without the second stage it is another picture"


def test_dry_run_and_json(shell: Shell) -> None:
    assert shell("a cat", "-o", "out") == 0
    before = digests(Path())
    assert shell("a cat", "a dog", "-n", "2", "-o", "out", "--dry-run", "--grid", "grid.png") == 0
    assert shell.out.splitlines() == [
        "a cat -> out/a-cat_2.png (8 x 8)",
        "a dog -> out/a-dog_1.png (8 x 8)",
        "a dog -> out/a-dog_2.png (8 x 8)",
    ]
    assert "3 would be generated, 1 already there" in shell.said
    assert digests(Path()) == before
    assert shell("a cat", "-n", "2", "-o", "out", "--json") == 0
    assert [(row["status"], row["code"]) for row in shell.rows] == [("skipped", "already_done"), ("done", None)]
    assert shell.rows[1]["sha256"] == digests(Path("out"))["a-cat_2.png"]


def test_a_text_longer_than_the_model_reads_is_told(shell: Shell) -> None:
    assert shell("a cat with a very long tail", "a cat", "-o", "out") == 0
    assert shell.said.count("longer than the model reads") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "makes pictures of texts: give it one"),
        ([""], 2, "the text is empty"),
        (["x" * 10_000], 2, "10000 characters; 1000 are taken at most"),
        (["\u0007"], 2, "the text is empty"),
        (["\u200b\u200d"], 2, "no letter, number or symbol of any script, only U+200B U+200D"),
        (["a", "--class", "cat"], 2, "has no classes"),
        (["a", "-m", "blots.onnx"], 2, "takes no text: it makes pictures of nothing but noise"),
        (["a", "-m", "pets.onnx"], 2, "takes no text: it makes pictures of classes (cat, Dog, 0 or 1)"),
        (["--class", "cta", "-m", "pets.onnx"], 2, "no class 'cta'; did you mean 'cat'?"),
        (["-"], 2, "--captions -"),
        (["a", "-n", "0"], 2, "--count"),
        (["a", "--seed", "-1"], 2, "--seed"),
        (["a", "--truncation", "0"], 2, "at least 0.01"),
        (["a", "-f", "psd"], 2, "no format"),
        (["a", "-n", "2", "-o", "a.png"], 2, "is one file, but 2 pictures"),
        (["a", "--grid", "grid.txt"], 2, "must have the name of a picture"),
        (["a", "-o", "out", "--grid", "out/a_1.png"], 2, "is the name of a picture of this run"),
        (["a", "--report", "a.png"], 2, "it would be replaced"),
        (["a", "-o", "-", "--json"], 2, "--json is for files"),
        (["a", "b", "-o", "-"], 2, "standard output takes one picture"),
        (["--captions", "gone.txt"], 2, "gone.txt"),
        (["a", "--tokenizer", "pets.onnx"], 2, "reads texts byte by byte"),
        (["a", "--precision", "bf16"], 2, "bf16"),
        (["--captions", "empty.txt"], 4, "no caption in empty.txt"),
        (["a", "-o", "words.onnx/x"], 5, "words.onnx"),
        (["a", "-m", "gone.onnx"], 6, "gone.onnx"),
        (["a", "-m", "swap.onnx"], 6, "is for paired_translation: use srgan translate"),
        (["a", "-m", "bicubic"], 6, "use srgan upscale"),
        (["a", "-m", "x4-fidelity"], 6, "use srgan upscale"),
        (["a", "--upscale", "words.onnx"], 6, "is for text_to_image: use srgan generate"),
    ],
)
def test_wrong_use(shell: Shell, arguments: list[str], code: int, words: str) -> None:
    Path("empty.txt").touch()
    Path("swap.onnx").write_bytes(translators.described())
    before = digests(Path())
    assert shell(*arguments, model=None if "-m" in arguments else "words.onnx") == code
    assert words in shell.said
    assert "Traceback" not in shell.said
    assert digests(Path()) == before


@pytest.mark.parametrize("command", ["upscale", "translate"])
def test_other_commands_refuse_a_model_that_generates(shell: Shell, command: str) -> None:
    Image.new("RGB", (8, 8)).save("a.png")
    assert run(cli, [command, "a.png", "-m", "words.onnx"]) == 6
    assert "is for text_to_image: use srgan generate" in shell.capsys.readouterr().err


def test_without_a_packaged_model_one_must_be_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.zoo.loading.list_models", lambda _index: [])
    assert shell("a cat", model=None) == 6
    assert "no model for srgan generate is packaged; name one: --model" in shell.said


def test_models_info_shows_texts_and_classes(shell: Shell) -> None:
    assert run(cli, ["models", "info", "pets.onnx"]) == 0
    lines = {line.split()[0]: line for line in shell.capsys.readouterr().out.splitlines()}
    assert lines["classes"].endswith('["cat", "Dog", "0 or 1"]')
    assert lines["prior"].endswith("normal")
    assert lines["text"].split() == ["text", "-"]
    assert run(cli, ["models", "info", "words.onnx", "--json"]) == 0
    facts = json.loads(shell.capsys.readouterr().out)
    assert facts["text"] == {"tokenizer": {"kind": "bytes", "length": 24}, "encoder": "0" * 64}


def child(environment: dict[str, str], *arguments: str, **options: Any) -> Any:  # noqa: ANN401
    return subprocess.run(
        [sys.executable, "-m", "srgan", "generate", "-m", "words.onnx", *arguments],
        **{"env": environment, "capture_output": True, "check": False, **options},
    )


def test_stdin_to_stdout(shell: Shell, environment: dict[str, str]) -> None:
    assert shell("a cat", "-o", "out") == 0
    done = child(environment, "--captions", "-", "-o", "-", input=b"a cat\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == Path("out/a-cat_1.png").read_bytes()
    jpeg = child(environment, "a cat", "-o", "-", "-f", "jpg")
    with Image.open(io.BytesIO(jpeg.stdout)) as image:
        assert (image.format, image.size) == ("JPEG", (SIZE, SIZE))
    bad = child(environment, "--captions", "-", "-o", "-", input=b"\xff\n")
    assert (bad.returncode, bad.stdout) == (3, b"")
    assert b"not UTF-8" in bad.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_ends_it_after_the_picture_in_hand(shell: Shell, environment: dict[str, str]) -> None:
    job = subprocess.Popen(
        [sys.executable, "-m", "srgan", "generate", "a cat", "-m", "words.onnx", "-n", "10000", "-o", "out"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        bufsize=0,  # communicate() reads past a buffer, and would lose what readline() left in it
    )  # fmt: skip
    assert job.stdout is not None
    assert job.stdout.readline()
    os.kill(job.pid, signal.SIGTERM)
    printed, said = job.communicate(timeout=60)
    assert job.returncode == 143, said
    assert b"left to do (run the same command again)" in said
    assert len(made()) == 1 + len(printed.splitlines()) < 10_000
    assert leftovers(Path("out")) == []


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell what a process has used")
def test_a_cold_start_takes_less_than_two_seconds(shell: Shell, environment: dict[str, str]) -> None:
    # Of computing time, on one core: how long a person waits also depends on what else the machine does.
    program = [sys.executable, "-m", "srgan", "generate", "a cat", "-m", "words.onnx", "--device", "cpu"]
    _, status, used = os.wait4(os.posix_spawn(sys.executable, program, environment), 0)
    assert status == 0
    assert Path("a-cat_1.png").exists()
    assert used.ru_utime + used.ru_stime < 2


def test_nothing_of_training_and_no_second_engine_is_imported(shell: Shell, environment: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'kornia', 'albumentations', 'lpips'): sys.modules[name] = None\n"
        "from srgan.cli.errors import run; from srgan.cli import cli\n"
        "code = run(cli, ['generate', 'a cat', '-m', 'words.onnx', '--device', 'cpu'])\n"
        "assert 'openvino' not in sys.modules, 'it takes a third of the cold start'\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(read(Path("a-cat_1.png")).rgb, load_model("words.onnx", device="cpu").generate("a cat")[0])
