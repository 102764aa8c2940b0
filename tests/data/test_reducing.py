"""Small pictures as files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.data.reducing import Made, make_low
from srgan.errors import OutputError, UsageError
from srgan.images import Picture, imresize, list_pictures, read, save


def pixels(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def high(tmp_path: Path) -> Path:
    folder = tmp_path / "high"
    (folder / "sub").mkdir(parents=True)
    Image.fromarray(pixels(33, 42)).save(folder / "a.png")
    save(Picture(pixels(32, 40, 1).astype(np.uint16) * 257 + 3), folder / "sub" / "deep.png")
    Image.fromarray(pixels(32, 40, 2)[..., 0]).save(folder / "grey.png")
    return folder


def make(high: Path, low: Path, *, scale: int = 4, overwrite: bool = False) -> list[Made]:
    return list(make_low(list_pictures(high), high, low, scale=scale, overwrite=overwrite))


def test_tree_depth_and_pixels(high: Path, tmp_path: Path) -> None:
    low = tmp_path / "low"
    assert {one.state for one in make(high, low)} == {"made"}
    assert [path.relative_to(low).as_posix() for path in list_pictures(low)] == ["a.png", "grey.png", "sub/deep.png"]
    assert np.array_equal(read(low / "a.png").rgb, imresize(pixels(33, 42)[:32, :40], scale=0.25))
    deep = read(low / "sub" / "deep.png").rgb
    assert deep.dtype == np.uint16
    assert np.array_equal(deep, imresize(read(high / "sub" / "deep.png").rgb, scale=0.25))
    with Image.open(low / "grey.png") as grey:
        assert grey.mode == "L"


def test_what_is_there_is_kept_or_made_again(high: Path, tmp_path: Path) -> None:
    low = tmp_path / "low"
    make(high, low)
    Image.fromarray(np.zeros((8, 10, 3), np.uint8)).save(low / "a.png")
    assert {one.state for one in make(high, low)} == {"there"}
    assert not read(low / "a.png").rgb.any()
    assert {one.state for one in make(high, low, overwrite=True)} == {"made"}
    assert read(low / "a.png").rgb.any()


def test_a_leftover_of_another_scale_is_named(high: Path, tmp_path: Path) -> None:
    make(high, tmp_path / "low", scale=2)
    failed = make(high, tmp_path / "low")
    assert {one.state for one in failed} == {"failed"}
    assert "a.png is there and is 21x16 instead of 10x8" in failed[0].message


def test_bad_pictures_do_not_stop_the_others(high: Path, tmp_path: Path) -> None:
    (high / "b.png").write_text("not a picture")
    Image.fromarray(pixels(3, 40)).save(high / "c.png")
    made = {one.source.name: one for one in make(high, tmp_path / "low")}
    assert [name for name, one in made.items() if one.state == "failed"] == ["b.png", "c.png"]
    assert "40x3 is less than 4 pixels a side" in made["c.png"].message
    assert made["deep.png"].state == "made"


def test_names_must_stay_different(high: Path, tmp_path: Path) -> None:
    Image.fromarray(pixels(32, 40)).save(high / "a.jpg")
    with pytest.raises(UsageError, match=r"a\.jpg and .*a\.png would both become .*a\.png"):
        make(high, tmp_path / "low")
    assert not (tmp_path / "low").exists()


@pytest.mark.parametrize("low", ["high", "high/low", "."])
def test_folders_must_be_apart(high: Path, tmp_path: Path, low: str) -> None:
    with pytest.raises(UsageError, match="lie in one another"):
        make(high, tmp_path / low)


def test_an_output_that_cannot_be_written(high: Path, tmp_path: Path) -> None:
    (tmp_path / "low").touch()
    with pytest.raises(OutputError, match="cannot write"):
        make(high, tmp_path / "low")
