"""Evaluation: the protocol, the known figures of bicubic, and what is refused."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from srgan.cli.evaluate import evaluate
from srgan.errors import UsageError
from srgan.evaluation import evaluate_model
from srgan.images import crop_to_multiple, imresize
from srgan.metrics import grid_index, luma, psnr, without_border
from srgan.runtime import bicubic


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``Toy/HR`` with a colour and a one-channel picture whose sides the scale does not divide."""
    random = np.random.default_rng(2)
    high = tmp_path / "Toy" / "HR"
    high.mkdir(parents=True)
    colour = imresize(random.integers(0, 256, (9, 11, 3), np.uint8), size=(71, 86))
    Image.fromarray(colour).save(high / "colour.png")
    Image.fromarray(imresize(random.integers(0, 256, (9, 9), np.uint8), size=(65, 66))).save(high / "grey.png")
    return high


def test_the_protocol_step_by_step(folder: Path) -> None:
    row = evaluate_model(bicubic(4), folder, scale=4)
    assert (row.model, row.dataset, row.scale, row.images) == ("bicubic", "Toy", 4, 2)
    real = crop_to_multiple(np.asarray(Image.open(folder / "colour.png")), 4)
    fake = imresize(imresize(real, scale=0.25), scale=4)
    expected = psnr(without_border(luma(fake), 4), without_border(luma(real), 4))
    assert row.pictures[0].psnr_y == pytest.approx(expected, abs=1e-9)
    assert row.psnr_y == pytest.approx(np.mean([p.psnr_y for p in row.pictures]))
    assert row.pictures[0].grid == pytest.approx(grid_index(fake, real, scale=4))
    assert row.grid == pytest.approx(np.mean([p.grid for p in row.pictures]))
    assert "border 4" in row.protocol
    assert row.protocol.endswith("grid: power of Y at the upscaling grid in dB over HR")


def test_pictures_too_small_for_the_grid_are_left_out_of_its_mean(folder: Path) -> None:
    Image.new("RGB", (40, 60), (90, 9, 9)).save(folder / "small.png")
    row = evaluate_model(bicubic(4), folder, scale=4)
    *large, small = row.pictures
    assert small.grid is None
    assert row.grid == pytest.approx(np.mean([p.grid for p in large]))
    assert "(2 of 3 pictures are large enough)" in row.protocol
    without = evaluate_model(bicubic(8), folder, scale=8)
    assert without.grid is None
    assert without.as_dict()["grid"] is None
    assert "grid" not in without.protocol


def test_one_channel_files_as_luma(folder: Path) -> None:
    as_rgb = evaluate_model(bicubic(4), folder, scale=4)
    as_luma = evaluate_model(bicubic(4), folder, scale=4, grey_as_luma=True)
    assert as_rgb.pictures[0] == as_luma.pictures[0]
    # Studio range squeezes 0..255 into 16..235, which makes errors smaller by 219/255.
    gain = as_rgb.pictures[1].psnr_y - as_luma.pictures[1].psnr_y
    assert gain == pytest.approx(20 * np.log10(255 / 219), abs=0.05)
    assert as_rgb.pictures[1].grid == pytest.approx(as_luma.pictures[1].grid, abs=0.05)
    assert as_rgb.protocol != as_luma.protocol


def test_given_small_pictures(folder: Path, tmp_path: Path) -> None:
    low = tmp_path / "low"
    low.mkdir()
    for path in folder.iterdir():
        small = imresize(crop_to_multiple(np.asarray(Image.open(path)), 2), scale=0.5)
        Image.fromarray(small).save(low / f"{path.stem}x2.png")
    given = evaluate_model(bicubic(2), folder, scale=2, low=low)
    assert [p.psnr_y for p in given.pictures] == [
        p.psnr_y for p in evaluate_model(bicubic(2), folder, scale=2).pictures
    ]
    with pytest.raises(UsageError, match=r"has no small picture|asks for"):
        evaluate_model(bicubic(4), folder, scale=4, low=low)


def test_small_pictures_are_found_by_their_place(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    for name in ("one/a", "two/a"):
        real = imresize(random.integers(0, 256, (6, 6, 3), np.uint8), size=(48, 48))
        for folder, image in (("high", real), ("low", imresize(real, scale=0.5))):
            path = tmp_path / folder / f"{name}.png"
            path.parent.mkdir(parents=True)
            Image.fromarray(image).save(path)
    high = tmp_path / "high"
    given = evaluate_model(bicubic(2), high, scale=2, low=tmp_path / "low")
    assert given.pictures == evaluate_model(bicubic(2), high, scale=2).pictures
    (tmp_path / "low" / "two" / "a.png").unlink()
    with pytest.raises(UsageError, match=r"no small picture for .*a\.png \(looked for two/a and two/ax2\)"):
        evaluate_model(bicubic(2), high, scale=2, low=tmp_path / "low")


def test_unreadable_pictures_are_named(folder: Path) -> None:
    (folder / "zz.png").write_text("no picture")
    result = CliRunner().invoke(evaluate, ["--hr", str(folder), "-m", "bicubic"])
    assert isinstance(result.exception, UsageError)
    assert "zz.png: " in str(result.exception)


def test_equal_pictures_are_valid_json(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (9, 9, 9)).save(tmp_path / "flat.png")
    row = evaluate_model(bicubic(4), tmp_path, scale=4)
    assert row.psnr_y == float("inf")
    assert json.loads(json.dumps(row.as_dict(per_picture=True), allow_nan=False))["pictures"][0]["psnr_y"] is None


def test_command(folder: Path) -> None:
    result = CliRunner().invoke(evaluate, ["--hr", str(folder), "--scale", "4", "--model", "bicubic", "--json"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert {"model", "dataset", "scale", "psnr_y", "ssim_y", "grid", "images", "protocol"} <= rows[0].keys()
    text = CliRunner().invoke(evaluate, ["--hr", str(folder), "-m", "bicubic", "--per-picture"]).stdout
    assert "colour.png" in text
    assert re.search(r"bicubic +Toy x4 +PSNR [\d.]+ dB +SSIM [\d.]+ +grid [+-][\d.]+ dB +2 pictures", text)
    assert "protocol: Y of BT.601" in text


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "grey_as_luma", "expected", "grid"),
    [("Set5", False, 28.43, -0.32), ("Set14", False, 26.09, 0.72), ("Set14", True, 25.99, 0.72)],
)
def test_bicubic_has_its_known_figures(
    data_folder: Path, name: str, grey_as_luma: bool, expected: float, grid: float
) -> None:
    row = evaluate_model(bicubic(4), data_folder / "benchmark" / name / "HR", scale=4, grey_as_luma=grey_as_luma)
    assert row.psnr_y == pytest.approx(expected, abs=0.02)
    assert row.grid == pytest.approx(grid, abs=0.05)


@pytest.mark.data
@pytest.mark.parametrize(("name", "expected"), [("Set5", 31.76), ("Set14", 28.31)])
def test_the_packaged_model_has_the_figures_of_its_card(data_folder: Path, name: str, expected: float) -> None:
    from srgan.zoo import DEFAULT, find, load_model

    row = evaluate_model(load_model(DEFAULT), data_folder / "benchmark" / name / "HR", scale=4)
    assert row.psnr_y == pytest.approx(expected, abs=0.02)
    assert f"| {name} | {DEFAULT} | {expected:.2f} |" in find(DEFAULT).card.read_text()
