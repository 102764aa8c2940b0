"""``srgan evaluate``: which task it is, translation, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from srgan.cli.evaluate import evaluate
from srgan.errors import UsageError
from srgan.images import imresize
from srgan.runtime import ModelMetadata, draw_noise


def _negative(folder: Path, name: str, **facts: Any) -> str:  # noqa: ANN401
    """A model of the task given that inverts pictures; one with a latent adds a tenth of its first noise to that."""
    nodes = [helper.make_node("Sub", ["one", "input"], ["output"])]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, "height", "width"])]
    tensors = [numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "one")]
    latent = facts.get("latent", 0)
    if latent:
        inputs.append(helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", latent]))
        weights = np.zeros((latent, 1), np.float32)
        weights[0] = 0.1
        tensors += [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([-1, 1, 1, 1]), "s")]
        nodes[0].output[0] = "negative"
        nodes += [
            helper.make_node("MatMul", ["noise", "weights"], ["drawn"]),
            helper.make_node("Reshape", ["drawn", "s"], ["level"]),
            helper.make_node("Add", ["negative", "level"], ["output"]),
        ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    graph = helper.make_graph(nodes, "negative", inputs, [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if facts:
        helper.set_model_props(model, ModelMetadata(name=name, scale=1, **facts).to_props())
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return str(path)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """``source`` and ``target`` with three pairs: the target is the negative of the source; half is transparent."""
    for number, name in enumerate(("one", "two", "three")):
        small = np.random.default_rng(number).integers(60, 200, (4, 4, 3), np.uint8)
        colour = imresize(small, size=(32, 32))
        alpha = np.full((32, 32, 1), 255, np.uint8)
        alpha[:16] = 0
        for side, picture in (("source", colour), ("target", 255 - colour)):
            path = tmp_path / side / f"{name}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(np.concatenate([picture, alpha], axis=2)).save(path)
    return tmp_path


def _sides(pairs: Path) -> list[str]:
    return ["--source", str(pairs / "source"), "--target", str(pairs / "target")]


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(evaluate, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def _rows(*arguments: str) -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in json.loads(_run(*arguments, "--json").stdout)}


def test_models_and_baselines_in_one_table(pairs: Path) -> None:
    model = _negative(pairs, "negative", task="paired_translation")
    sides = _sides(pairs)
    training = [word.replace("--", "--training-") for word in sides]
    names = ["identity", "grey", "colour-statistics", "nearest"]
    baselines = [word for name in names for word in ("--baseline", name)]
    rows = _rows("-m", model, *sides, *baselines, *training, "--per-picture")
    assert list(rows) == [*names, "negative"]
    # The model keeps the transparency, and is right up to rounding; so is the neighbour, which knows the pictures.
    assert rows["negative"]["psnr"] > 50
    assert rows["nearest"]["psnr"] == 60
    assert rows["nearest"]["note"].startswith("target of the training pair, of 3,")
    assert rows["identity"]["psnr"] < 25
    assert rows["grey"]["psnr"] != rows["identity"]["psnr"]
    assert len({row["protocol"] for row in rows.values()}) == 1
    assert "3 pairs, at their own size, transparency laid on #ffffff" in rows["negative"]["protocol"]
    assert [picture["picture"] for picture in rows["negative"]["pictures"]] == ["one.png", "three.png", "two.png"]
    assert rows["negative"]["device"] != rows["identity"]["device"] == "CPU (numpy)"

    text = _run("-m", model, *sides, "-b", "identity").stdout
    assert text.startswith("|  | PSNR (dB) | SSIM | sharpness distance |\n| --- | ---: | ---: | ---: |\n| identity | ")
    assert "\nProtocol: 3 pairs, " in text


def test_the_background_is_the_models_own(pairs: Path) -> None:
    model = _negative(pairs, "negative", task="unpaired_translation", background="#000000")
    sides = _sides(pairs)
    row = _rows("-m", model, *sides)["negative"]
    assert "transparency laid on #000000" in row["protocol"]
    assert row["psnr"] < 5  # black is made white where the truth is transparent
    with pytest.raises(UsageError, match=r"draws on #000000, and the true pictures are laid on #ffffff"):
        _run("-m", model, *sides, "--background", "white")


def test_opaque_pictures_have_no_background(pairs: Path) -> None:
    for path in pairs.glob("*/*.png"):
        Image.open(path).convert("RGB").save(path)
    model = _negative(pairs, "negative", task="paired_translation", background="#000000")
    sides = _sides(pairs)
    row = _rows("-m", model, *sides, "--background", "white")["negative"]
    assert row["psnr"] > 50
    assert "transparency" not in row["protocol"]


def test_noise_is_that_of_seed_0(pairs: Path) -> None:
    for path in pairs.glob("*/*.png"):
        Image.open(path).convert("RGB").save(path)
    model = _negative(pairs, "noisy", task="paired_translation", latent=3)
    row = _rows("-m", model, *_sides(pairs))["noisy"]
    noise = draw_noise(0, 0, 3)
    assert noise is not None
    assert row["psnr"] == pytest.approx(-20 * np.log10(0.1 * abs(noise[0, 0])), abs=0.5)
    assert row["note"] == "with noise of seed 0"


def test_side_by_side_files_at_another_size(pairs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    for path in (pairs / "source").iterdir():
        halves = [np.asarray(Image.open(pairs / side / path.name).convert("RGB")) for side in ("target", "source")]
        Image.fromarray(np.concatenate(halves, axis=1)).save(folder / path.name)
    model = _negative(pairs, "negative", task="paired_translation")
    options = ["--pictures", str(folder), "--order", "target_source", "--load", "16"]
    row = _rows("-m", model, *options)["negative"]
    assert row["psnr"] > 45
    assert "3 pairs, shorter side brought to 16;" in row["protocol"]
    training = ["--training-pictures", str(folder), "-b", "nearest", "-b", "colour-statistics"]
    rows = _rows(*options, *training)
    assert rows["nearest"]["psnr"] == 60
    assert "of 3 training sources moved to those of 3 training targets" in rows["colour-statistics"]["note"]
    with pytest.raises(UsageError, match="--pictures needs --order"):
        _run("-m", model, "--pictures", str(folder))


def test_names_patterns_and_pictures_without_a_partner(pairs: Path) -> None:
    (pairs / "target" / "two.png").unlink()
    model = _negative(pairs, "negative", task="paired_translation")
    options = ["-m", model, *_sides(pairs)]
    with pytest.raises(UsageError, match=r"1 pictures without a partner"):
        _run(*options)
    left = _rows(*options, "--skip-unmatched")["negative"]
    assert "2 pairs, at their own size, pictures without a partner left out" in left["protocol"]
    assert _rows(*options, "--without", "tw?")["negative"]["pairs"] == 2
    (pairs / "list.json").write_text(json.dumps({"test": ["one", "absent"]}))
    assert _rows(*options, "--names", f"{pairs / 'list.json'}#test")["negative"]["pairs"] == 1


def test_labels_and_a_sheet(pairs: Path) -> None:
    sheet = pairs / "sheet.png"
    options = ["--source", str(pairs / "source"), "--target", str(pairs / "source"), "-b", "identity", "-b", "grey"]
    rows = _rows(*options, "--palette", "#000000, #ffffff", "--sheet", str(sheet), "--rows", "2")
    assert rows["identity"]["label_accuracy"] == rows["identity"]["mean_iou"] == 1
    assert "label accuracy" in _run(*options, "--palette", "#000000,#ffffff").stdout
    with Image.open(sheet) as picture:
        # Four columns and two rows of 32 pixels, enlarged three times.
        assert picture.size == (2 * 16 + 4 * 96 + 3 * 8, 3 * 16 + 14 + 2 * 96 + 8)
    with pytest.raises(UsageError, match=r"--sheet .*sheet has no suffix"):
        _run(*options, "--sheet", str(pairs / "sheet"))
    with pytest.raises(UsageError, match=r"--palette: '#ffff' is no colour"):
        _run(*options, "--palette", "#000000,#ffff")


def test_models_of_one_name_are_told_apart(pairs: Path) -> None:
    first = _negative(pairs, "same", task="paired_translation")
    other = _negative(pairs, "other", task="paired_translation")
    Path(other).write_bytes(Path(first).read_bytes())
    rows = _rows("-m", first, "-m", other, *_sides(pairs))
    assert list(rows) == ["same", other]
    with pytest.raises(UsageError, match="stands twice"):
        _rows("-m", first, "-m", first, "-m", first, *_sides(pairs))


def test_a_packaged_model_keeps_its_name(pairs: Path) -> None:
    newer = _negative(pairs, "emoji-colour", task="paired_translation", background="#ffffff")
    assert list(_rows("-m", newer, "-m", "emoji-colour", *_sides(pairs))) == [newer, "emoji-colour"]


@pytest.mark.parametrize(("scale", "name"), [("2", "x2"), ("4", "x4")])
def test_without_a_name_it_is_the_model_that_upscale_takes(tmp_path: Path, scale: str, name: str) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)).save(tmp_path / "a.png")
    assert set(_rows("--hr", str(tmp_path), "--scale", scale)) == {name}


def test_the_task_is_the_models(pairs: Path, nearest_model: Path) -> None:
    translates = _negative(pairs, "negative", task="paired_translation")
    foreign = _negative(pairs, "foreign")
    sides = _sides(pairs)
    with pytest.raises(UsageError, match=r"'negative' is for paired_translation: measure it with --source and"):
        _run("-m", translates, "--hr", str(pairs / "source"))
    with pytest.raises(UsageError, match=r"'bicubic' is for super_resolution: measure it with --hr"):
        _run("-m", "bicubic", *sides)
    with pytest.raises(UsageError, match=r"which pictures\? Measure 'negative' with --source and"):
        _run("-m", translates)
    with pytest.raises(UsageError, match=r"which pictures\? For super-resolution give --hr; for translation --source"):
        _run()
    with pytest.raises(UsageError, match=r"'nearest' is for .*: measure it with --hr"):
        _run("-m", str(nearest_model), *sides)
    assert _rows("-m", foreign, *sides)["foreign"]["psnr"] > 50
    assert _rows("-m", foreign, "--hr", str(pairs / "source"), "-s", "1")["foreign"]["scale"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--hr", "x", "--source", "x"], "--hr is for super-resolution, --source for translation"),
        (["-s", "2", "-b", "grey"], "--scale is for super-resolution, --baseline for translation"),
        (["--source", "x", "-b", "grey"], r"which pictures\? Give --source and --target, or --pictures and --order"),
        (["--source", "x", "--pictures", "x", "-b", "grey"], "--pictures holds both pictures of a pair"),
        (["--source", "x", "--target", "x", "-b", "grey"], "the folder x is not there"),
        (["-s", "4", "-m", "bicubic"], r"which pictures\? .*--hr DIR"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _run(*options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-b", "nearest"], "--baseline nearest needs to know training pictures"),
        (["-b", "grey", "--training-source", "x"], "--training-source is for --baseline nearest"),
        (["-b", "nearest", "--training-source", "x"], r"Give --training-source and --training-target"),
        (["-b", "grey", "--order", "source_target"], r"--order is for --pictures"),
    ],
)
def test_what_baselines_need(pairs: Path, options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _run(*_sides(pairs), *options)


@pytest.mark.data
def test_a_grey_copy_of_outlines_has_its_known_figures(data_folder: Path) -> None:
    emoji = data_folder / "emoji"
    names = ["--names", f"{emoji / 'splits.json'}#test", "--without", "1F1??-1F1??"]
    sides = ["--source", str(emoji / "openmoji" / "outline"), "--target", str(emoji / "openmoji" / "colour")]
    row = _rows(*sides, *names, "-b", "grey")["grey"]
    assert row["pairs"] == 228
    assert row["psnr"] == pytest.approx(18.42, abs=0.02)
    assert row["ssim"] == pytest.approx(0.9303, abs=0.0005)
    assert row["sharpness_distance"] == pytest.approx(0.0328, abs=0.0005)
