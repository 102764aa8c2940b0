import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.images import Picture, read, save
from srgan.runtime import load_model
from tests.batch.pictures import digests, make_pictures
from tests.cli.shell import Shell
from tests.runtime.translators import described, translator

FLAGS = [
    *("--output", "--size", "--samples", "--seed", "--model", "--format", "--quality", "--jobs", "--device"),
    *("--precision", "--overwrite", "--dry-run", "--report", "--json", "--fail-fast", "--keep-gps"),
    *("--max-input-mp", "--max-output-mp"),
]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    make_pictures(tmp_path / "imgs")
    (tmp_path / "swap.onnx").write_bytes(described())
    (tmp_path / "noisy.onnx").write_bytes(described(latent=4, name="noisy"))
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys, "translate", "swap.onnx")


def clear(path: Path, *, deep: bool = False) -> Path:
    """A red picture, transparent on its left half (where it is black), half so on the rest of its upper half."""
    top = 65535 if deep else 255
    rgb = np.zeros((20, 24, 3), np.uint16 if deep else np.uint8)
    alpha = np.zeros((20, 24), rgb.dtype)
    rgb[:, 12:, 0], alpha[:10, 12:], alpha[10:, 12:] = top, top // 2, top
    save(Picture(rgb, alpha), path)
    return path


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, ["translate", "--help"]) == 0
    text = capsys.readouterr().out
    assert not [flag for flag in FLAGS if flag not in text]
    assert "--scale" not in text


def test_a_folder(shell: Shell) -> None:
    assert shell("imgs/") == 0
    assert sorted(shell.out.splitlines()) == sorted(f"imgs_swap/{name}" for name in digests(Path("imgs")))
    assert "swap, openvino on CPU (" in shell.said
    assert "5 translated in" in shell.said
    result, expected = read(Path("imgs_swap/a.png")).rgb, read(Path("imgs/a.png")).rgb[..., ::-1]
    assert np.abs(result[1:-1, 1:-1].astype(int) - expected[1:-1, 1:-1]).max() <= 3
    assert shell("imgs/") == 0
    assert (shell.out, "0 translated, 5 already there" in shell.said) == ("", True)


def test_an_interrupted_run_is_continued(shell: Shell) -> None:
    assert shell("imgs", model="noisy.onnx") == 0
    before = digests(Path("imgs_noisy"))
    Path("imgs_noisy/sub/c.png").unlink()
    assert shell("imgs", model="noisy.onnx") == 0
    assert shell.out == "imgs_noisy/sub/c.png\n"
    assert digests(Path("imgs_noisy")) == before


@pytest.mark.parametrize(
    ("options", "name", "size"),
    [
        ([], "a_swap.png", (24, 24)),
        (["--size", "12"], "a_swap.png", (12, 12)),
        (["--size", "50"], "a_swap.png", (50, 50)),
        (["-f", "webp", "-q", "80"], "a_swap.webp", (24, 24)),
        (["-j", "2", "--precision", "fp32"], "a_swap.png", (24, 24)),
        (["-o", "new/"], "../new/a.png", (24, 24)),
        (["-o", "new/b.tif"], "../new/b.tif", (24, 24)),
    ],
)
def test_sizes_formats_and_names(shell: Shell, options: list[str], name: str, size: tuple[int, int]) -> None:
    assert shell("imgs/a.png", *options) == 0, shell.said
    result = read(Path("imgs") / name)
    assert (result.width, result.height) == size
    assert Path(shell.out.strip()).resolve() == (Path("imgs") / name).resolve()


def test_files_and_patterns_leave_out_what_was_made_before(shell: Shell) -> None:
    assert shell("imgs/a.png", "--samples", "2", model="noisy.onnx") == 0
    assert shell("imgs/*.png", model="noisy.onnx") == 0
    assert shell.out == "imgs/a_noisy.png\n"
    assert shell("imgs/*.png", model="noisy.onnx") == 0
    assert "0 translated, 1 already there, 3 ignored" in shell.said


def test_a_name_that_is_no_file_name(shell: Shell) -> None:
    Path("odd.onnx").write_bytes(described(name="day/night ü: 1.5"))
    assert shell("imgs", model="odd.onnx") == 0
    assert len(digests(Path("imgs_day-night-ü-1.5"))) == 5


@pytest.mark.parametrize("deep", [False, True])
def test_transparency_is_kept_as_it_is(shell: Shell, deep: bool) -> None:
    before = read(clear(Path("clear.png"), deep=deep))
    assert shell("clear.png") == 0
    after = read(Path("clear_swap.png"))
    assert (after.rgb.dtype, before.alpha is not None) == (before.rgb.dtype, True)
    assert np.array_equal(np.asarray(after.alpha), np.asarray(before.alpha))
    # No black from under the transparent half has come in: blue to the edge.
    assert (after.rgb[5:15, 12:20, 2] >= 0.99 * np.iinfo(after.rgb.dtype).max).all()


@pytest.mark.parametrize("deep", [False, True])
def test_a_background_makes_results_opaque(shell: Shell, deep: bool) -> None:
    Path("white.onnx").write_bytes(described(name="white", background="#00ff80"))
    clear(Path("clear.png"), deep=deep)
    assert shell("clear.png", "imgs/a.png", "--precision", "fp32", model="white.onnx") == 0
    assert "note: clear.png: transparency was laid on #00ff80" in shell.said
    assert "a.png: " not in shell.said
    result = read(Path("clear_white.png"))
    assert result.alpha is None
    unit = np.iinfo(result.rgb.dtype).max / 255
    for place, colour in (((10, 5), (128, 255, 0)), ((5, 18), (64, 128, 127)), ((15, 18), (0, 0, 255))):
        np.testing.assert_allclose(result.rgb[place] / unit, colour, atol=1)


def test_grey_pictures_become_colour_and_sixteen_bits_stay(shell: Shell) -> None:
    ramp = np.linspace(0, 65535, 40 * 30).reshape(30, 40).astype(np.uint16)
    save(Picture(np.dstack([ramp] * 3), grey=True), Path("deep.tif"))
    Image.fromarray((ramp >> 8).astype(np.uint8)).save("grey.png")
    assert shell("deep.tif", "grey.png") == 0
    deep, shallow = read(Path("deep_swap.tif")), read(Path("grey_swap.png"))
    assert not deep.grey
    assert deep.rgb.dtype == np.uint16
    assert len(np.unique(deep.rgb & 255)) > 200, "the low bits are not used"
    assert not shallow.grey
    assert shallow.rgb.dtype == np.uint8


def test_orientation_and_metadata(shell: Shell) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    with Image.open("imgs/b.jpg") as image:
        width, height = image.size
        image.save("turned.jpg", exif=exif)
    assert shell("turned.jpg") == 0
    with Image.open("turned_swap.jpg") as result:
        assert result.size == (height, width)
        assert result.getexif()[0x010F] == "Maker"
        assert result.getexif().get(0x0112, 1) == 1


def test_samples(shell: Shell) -> None:
    assert shell("imgs", "--samples", "3", model="noisy.onnx") == 0
    assert "15 translated" in shell.said
    assert "imgs_noisy/sub/c_3.png" in shell.out
    first = digests(Path("imgs_noisy"))
    assert len(set(first.values())) == 15
    # The same picture elsewhere, alone: the same samples. Another seed: others.
    Path("other").mkdir()
    Path("other/z.png").write_bytes(Path("imgs/a.png").read_bytes())
    assert shell("other/z.png", "--samples", "2", model="noisy.onnx") == 0
    assert [digests(Path("other"))[f"z_noisy_{n}.png"] for n in (1, 2)] == [first[f"a_{n}.png"] for n in (1, 2)]
    assert shell("other/z.png", "-o", "seeded", "--seed", "1", model="noisy.onnx") == 0
    assert digests(Path("seeded"))["z.png"] not in first.values()
    # A single result is the first sample.
    assert shell("other/z.png", "-o", "single", "--seed", "0", model="noisy.onnx") == 0
    assert digests(Path("single"))["z.png"] == first["a_1.png"]


def test_more_samples_and_other_seeds_are_made_and_the_others_stay(shell: Shell) -> None:
    assert shell("imgs", "--samples", "2", model="noisy.onnx") == 0
    assert shell("imgs", "--samples", "3", model="noisy.onnx") == 0
    assert "5 translated, 10 already there" in shell.said
    assert shell("imgs", "--samples", "3", "--seed", "7", model="noisy.onnx") == 0
    assert "15 translated" in shell.said
    assert shell("imgs", "--samples", "3", "--seed", "7", "--size", "12", model="noisy.onnx") == 0
    assert "15 translated" in shell.said


def test_a_model_without_noise_has_one_result(shell: Shell) -> None:
    assert shell("imgs", "--samples", "2") == 2
    assert "--samples" in shell.said
    assert not Path("imgs_swap").exists()
    assert shell("imgs/a.png", "--seed", "3") == 0
    assert "--seed changes nothing" in shell.said


def test_dry_run_json_and_report(shell: Shell) -> None:
    Path("imgs/bad.png").write_bytes(b"bad")
    before = digests(shell.folder)
    assert shell("imgs", "--dry-run", "--samples", "2", "--size", "10", model="noisy.onnx") == 3
    assert "imgs/a.png -> imgs_noisy/a_2.png (10 x 10)" in shell.out
    assert "10 would be translated" in shell.said
    assert digests(shell.folder) == before
    assert shell("imgs", "--json", "--report", "report.ndjson") == 3
    assert [json.loads(line) for line in Path("report.ndjson").read_text().splitlines()] == shell.rows
    assert sorted(row["status"] for row in shell.rows) == [*["done"] * 5, "failed"]
    done = next(row for row in shell.rows if row["path"] == "imgs/a.png")
    assert (done["fmt"], done["w"], done["h"], done["out"]) == ("PNG", 24, 24, "imgs_swap/a.png")


def test_a_picture_much_larger_than_the_training_pictures_is_told(shell: Shell) -> None:
    Path("small.onnx").write_bytes(described(name="small", size=6))
    assert shell("imgs", model="small.onnx") == 0
    assert "note: imgs/b.jpg: 26 x 25 pixels is much more than the 6" in shell.said
    assert "--size 6" in shell.said
    assert "a.png: " not in shell.said, "24 is four times 6, not more"
    assert shell("imgs", "--size", "12", "-o", "out", model="small.onnx") == 0
    assert "note: " not in shell.said


def test_a_picture_that_does_not_fit_into_memory_fails_alone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from srgan.runtime import SessionMemoryError
    from srgan.runtime.openvino_session import OpenVINOSession

    whole = OpenVINOSession.run_pixels

    def cramped(self: Any, batch: Any, noise: Any = None) -> Any:  # noqa: ANN401
        if batch.shape[2] > 30:
            raise SessionMemoryError("no room")
        return whole(self, batch, noise)

    monkeypatch.setattr(OpenVINOSession, "run_pixels", cramped)
    Path("whole.onnx").write_bytes(described(name="whole", whole=True))
    assert shell("imgs", model="whole.onnx") == 3
    assert "failed: imgs/e ü 文.tif: 32 x 28 pixels do not fit into memory" in shell.said
    assert "make it smaller (--size)" in shell.said
    assert "4 translated, 1 failed" in shell.said
    assert shell("imgs", "--size", "30", model="whole.onnx") == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["gone"], 2, "'gone'"),
        (["imgs", "--size", "0"], 2, "--size"),
        (["imgs", "--samples", "0"], 2, "--samples"),
        (["imgs", "--seed", "-1"], 2, "--seed"),
        (["imgs", "--scale", "2"], 2, "--scale"),
        (["imgs/a.png", "-o", "b.png", "--samples", "2", "-m", "noisy.onnx"], 2, "2 samples"),
        (["-", "--samples", "2", "-m", "noisy.onnx"], 2, "--samples"),
        (["imgs/a.png", "-o", "-", "--json"], 2, "--json"),
        (["imgs", "-o", "imgs"], 2, "input folder itself"),
        (["imgs", "-m", "emoji-color"], 6, "no model 'emoji-color'"),
        (["imgs", "-m", "bicubic"], 6, "use srgan upscale"),
        (["imgs", "-m", "x4-fidelity"], 6, "is for super_resolution: use srgan upscale"),
        (["imgs", "-m", "gone.onnx"], 6, "gone.onnx"),
        (["empty"], 4, "no picture"),
        (["imgs", "-o", "swap.onnx/x"], 5, "swap.onnx"),
        (["imgs/a.png", "--max-input-mp", "0.0001"], 3, "[too_large]"),
        (["imgs/a.png", "--size", "100", "--max-output-mp", "0.001"], 3, "[too_large]"),
    ],
)
def test_wrong_use(shell: Shell, arguments: list[str], code: int, words: str) -> None:
    Path("empty").mkdir()
    named = None if "-m" in arguments else "swap.onnx"
    assert shell(*arguments, model=named) == code
    assert words in shell.said
    assert not Path("imgs_swap").exists()


def test_upscale_refuses_a_translation_model(shell: Shell) -> None:
    assert run(cli, ["upscale", "imgs", "-m", "swap.onnx"]) == 6
    assert "is for paired_translation: use srgan translate" in shell.capsys.readouterr().err


def test_without_a_packaged_model_one_must_be_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.zoo.loading.list_models", lambda _index: [])
    assert shell("imgs", model=None) == 6
    assert "--model" in shell.said


def test_models_of_somebody_else(shell: Shell) -> None:
    Path("their.onnx").write_bytes(translator(step=8))
    assert shell("imgs/a.png", "--precision", "fp32", model="their.onnx") == 0
    expected = load_model(described(step=8), device="cpu", precision="fp32").translate(read(Path("imgs/a.png")).rgb)
    assert (read(Path("imgs/a_their.png")).rgb == expected).all()
    from tests.runtime.networks import network

    Path("double.onnx").write_bytes(network(2))
    assert shell("imgs/a.png", model="double.onnx") == 6
    assert "enlarges by 2" in shell.said
    assert "use srgan upscale" in shell.said


def child(folder: Path, environment: dict[str, str], *arguments: str, **options: Any) -> Any:  # noqa: ANN401
    return subprocess.run(
        [sys.executable, "-m", "srgan", "translate", "-m", "swap.onnx", "--precision", "fp32", *arguments],
        **{"cwd": folder, "env": environment, "capture_output": True, "check": False, **options},
    )


def test_stdin_to_stdout(shell: Shell, environment: dict[str, str]) -> None:
    data = Path("imgs/a.png").read_bytes()
    assert shell("imgs", "--precision", "fp32", "--size", "40") == 0
    done = child(shell.folder, environment, "-", "--size", "40", input=data)
    assert done.returncode == 0, done.stderr
    assert done.stdout == Path("imgs_swap/a.png").read_bytes()
    jpeg = child(shell.folder, environment, "imgs/a.png", "-o", "-", "-f", "jpg")
    with Image.open(io.BytesIO(jpeg.stdout)) as image:
        assert (image.format, image.size) == ("JPEG", (24, 24))
    assert child(shell.folder, environment, "-", input=b"no picture").returncode == 3


def test_nothing_of_training_is_imported(shell: Shell, environment: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'kornia', 'albumentations', 'lpips'): sys.modules[name] = None\n"
        "from srgan.cli.errors import run; from srgan.cli import cli\n"
        "sys.exit(run(cli, ['translate', 'imgs/a.png', '-m', 'swap.onnx']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=shell.folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert read(Path("imgs/a_swap.png")).width == 24
