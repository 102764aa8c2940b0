"""Evaluation: the protocol, the known figures of bicubic, and what is refused."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from srgan.cli.evaluate import evaluate
from srgan.errors import UsageError
from srgan.evaluation import (
    BenchmarkSet,
    Row,
    evaluate_contenders,
    finished_results,
    lanczos,
    running_model,
)
from srgan.images import crop_to_multiple, imresize
from srgan.metrics import (
    ProtocolError,
    gradient_distance,
    grid_index,
    luma,
    ms_ssim,
    psnr,
    ssim,
    without_border,
)
from srgan.runtime import Model, bicubic, load_model


def evaluate_model(model: Model, high: Path, *, scale: int, low: Path | None = None, grey_as_luma: bool = False) -> Row:
    """One model on a folder of full pictures."""
    pictures = BenchmarkSet(high, scale=scale, low=low, grey_as_luma=grey_as_luma)
    return evaluate_contenders([running_model(model)], pictures)[0]


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
    assert row.protocol["psnr_y"] == "PSNR of Y of BT.601 (16-235), border 4"
    assert row.protocol["grid"] == "power of Y at the upscaling grid in dB over HR"
    assert row.protocol["LR"] == "LR by MATLAB bicubic 1/4, 8-bit after each pass"
    first = row.pictures[0]
    assert first.psnr_rgb == pytest.approx(psnr(without_border(fake, 4), without_border(real, 4)))
    assert first.ssim_rgb == pytest.approx(ssim(without_border(fake, 4), without_border(real, 4)))
    assert first.consistency == pytest.approx(psnr(imresize(fake, scale=0.25), imresize(real, scale=0.25)))
    assert first.sharpness == gradient_distance([fake], [real])
    assert first.ms_ssim is None  # too small
    assert "ms_ssim" not in row.protocol


def test_pictures_too_small_for_the_grid_are_left_out_of_its_mean(folder: Path) -> None:
    Image.new("RGB", (40, 60), (90, 9, 9)).save(folder / "small.png")
    row = evaluate_model(bicubic(4), folder, scale=4)
    *large, small = row.pictures
    assert small.grid is None
    assert row.grid == pytest.approx(np.mean([p.grid for p in large]))
    assert row.protocol["grid"].endswith("(2 of 3 pictures are large enough)")
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


def test_pictures_too_small_for_any_figure_are_named(tmp_path: Path) -> None:
    Image.new("RGB", (60, 15)).save(tmp_path / "tiny.png")
    with pytest.raises(UsageError, match=r"tiny\.png is 60x14 pixels; figures at x2 need 15x15"):
        evaluate_model(bicubic(2), tmp_path, scale=2)
    Image.new("RGB", (60, 16)).save(tmp_path / "tiny.png")
    assert evaluate_model(bicubic(2), tmp_path, scale=2).images == 1


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
    assert "Toy x4" in text
    assert "Y of BT.601" in text


def test_several_contenders_at_once_are_each_alone(folder: Path, nearest_model: Path, tmp_path: Path) -> None:
    finished = tmp_path / "finished"
    finished.mkdir()
    pictures = BenchmarkSet(folder, scale=2)
    for picture in pictures:
        result = np.asarray(bicubic(2).upscale(picture.small, size=picture.real.shape[:2]))
        suffix = "_x2" if picture.place == "grey" else ""
        Image.fromarray(result).save(finished / f"{picture.place}{suffix}.png")
    contenders = [
        running_model(bicubic(2)),
        lanczos(),
        running_model(load_model(nearest_model), name="next"),
        finished_results("ours", finished),
    ]
    seen: list[tuple[int, int]] = []
    rows = evaluate_contenders(contenders, pictures, jobs=3, progress=lambda done, count: seen.append((done, count)))
    assert [row.model for row in rows] == ["bicubic", "lanczos", "next", "ours"]
    assert seen == [(done, 8) for done in range(1, 9)]
    assert rows[0].pictures == rows[3].pictures == evaluate_model(bicubic(2), folder, scale=2).pictures
    assert rows[1].psnr_y > rows[2].psnr_y
    assert rows[3].device == "finished results in finished"


def test_finished_results_that_do_not_fit(folder: Path, tmp_path: Path) -> None:
    finished = tmp_path / "finished"
    finished.mkdir()
    Image.new("RGB", (84, 68)).save(finished / "colour.png")

    def measure(scale: int) -> None:
        evaluate_contenders([finished_results("ours", finished)], BenchmarkSet(folder, scale=scale))

    with pytest.raises(UsageError, match=r"has no result for grey$"):
        measure(4)
    for name in ("grey_a", "grey_b"):
        Image.new("RGB", (64, 64)).save(finished / f"{name}.png")
    with pytest.raises(UsageError, match="no result for grey; 2 begin with grey_"):
        measure(4)
    (finished / "grey_a.png").unlink()
    Image.new("RGB", (86, 70)).save(finished / "colour.png")
    with pytest.raises(UsageError, match=r"grey_b\.png is 64x64 of uint8; 66x64 of 8 bits"):
        measure(2)


def test_large_pictures_have_several_scales(tmp_path: Path) -> None:
    small = np.random.default_rng(5).integers(0, 256, (20, 24, 3), np.uint8)
    Image.fromarray(imresize(small, size=(180, 200))).save(tmp_path / "large.png")
    (score,) = evaluate_model(bicubic(2), tmp_path, scale=2).pictures
    real = np.asarray(Image.open(tmp_path / "large.png"))
    one, two = (without_border(luma(image), 2) for image in (imresize(imresize(real, scale=0.5), scale=2), real))
    assert score.ms_ssim == pytest.approx(ms_ssim(one, two))


def test_intervals_are_those_of_the_pictures(folder: Path) -> None:
    row = evaluate_model(bicubic(4), folder, scale=4)
    found = row.interval("psnr_y")
    assert found is not None
    assert found.value == pytest.approx(row.psnr_y)
    # Of two pictures, the extreme resamples are each of them alone.
    assert (found.low, found.high) == pytest.approx(sorted(row.values("psnr_y")))
    assert row.interval("ms_ssim") is None
    assert row.as_dict()["intervals"]["psnr_y"] == [found.low, found.high]  # type: ignore[index]


def test_rows_come_back_from_reports(folder: Path) -> None:
    Image.new("RGB", (64, 64), (9, 9, 9)).save(folder / "flat.png")
    row = evaluate_model(bicubic(4), folder, scale=4)
    again = Row.from_dict(json.loads(json.dumps(row.as_dict(per_picture=True), allow_nan=False)))
    assert again == row
    assert again.psnr_y == float("inf")
    assert math.isnan(row.interval("psnr_y").low)  # type: ignore[union-attr]


def test_numbers_of_other_kernels_are_not_compared(folder: Path, tmp_path: Path) -> None:
    exact, other = tmp_path / "exact", tmp_path / "other"
    for low, method in ((exact, None), (other, Image.Resampling.BILINEAR)):
        low.mkdir()
        for picture in BenchmarkSet(folder, scale=2):
            small = Image.fromarray(picture.real).reduce(2) if method else Image.fromarray(picture.small)
            small.save(low / f"{picture.place}.png")
    made, given, foreign = (
        evaluate_model(bicubic(2), folder, scale=2, low=low).measured("psnr_y") for low in (None, exact, other)
    )
    assert made - given == 0  # the same pixels, wherever they came from
    with pytest.raises(ProtocolError, match=r"differ in LR: LR by MATLAB bicubic 1/2, .* against LR as given \(pixels"):
        made.check(foreign)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "scale", "expected", "similarity"),
    [
        # An implementation of its own (dense weights, SciPy's filters) found these on the same originals.
        ("Set5", 2, 33.673, 0.9303),
        ("Set5", 3, 30.403, 0.8689),
        ("Set5", 4, 28.429, 0.8111),
        ("Set14", 2, 30.325, 0.8699),
        ("Set14", 3, 27.631, 0.7759),
        ("Set14", 4, 26.088, 0.7048),
    ],
)
def test_bicubic_has_its_known_figures(
    data_folder: Path, name: str, scale: int, expected: float, similarity: float
) -> None:
    row = evaluate_model(bicubic(scale), data_folder / "benchmark" / name / "HR", scale=scale)
    assert row.psnr_y == pytest.approx(expected, abs=0.02)
    assert row.ssim_y == pytest.approx(similarity, abs=0.0005)
    if scale == 4:
        assert row.grid == pytest.approx({"Set5": -0.32, "Set14": 0.72}[name], abs=0.05)


@pytest.mark.data
def test_one_channel_files_as_luma_have_the_older_figure(data_folder: Path) -> None:
    row = evaluate_model(bicubic(4), data_folder / "benchmark" / "Set14" / "HR", scale=4, grey_as_luma=True)
    assert row.psnr_y == pytest.approx(25.99, abs=0.02)


@pytest.mark.data
def test_the_small_pictures_of_set5_are_those_of_matlab(data_folder: Path) -> None:
    folder = data_folder / "benchmark" / "Set5"
    given = BenchmarkSet(folder / "HR", scale=4, low=folder / "LR_x4").protocol
    assert given == BenchmarkSet(folder / "HR", scale=4).protocol


@pytest.mark.data
@pytest.mark.parametrize("name", ["Set5", "Set14"])
@pytest.mark.parametrize("model", ["x4", "x4-fidelity", "x4-fast", "x2"])
def test_packaged_models_have_the_figures_of_the_index(data_folder: Path, model: str, name: str) -> None:
    from srgan.zoo import find, load_model

    entry = find(model)
    row = evaluate_model(load_model(model), data_folder / "benchmark" / name / "HR", scale=entry.scale)
    assert row.psnr_y == pytest.approx(entry.metrics[name]["PSNR"], abs=0.02)
