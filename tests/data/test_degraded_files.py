"""Small pictures of whole files by a degradation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.data.degraded_files import degradation_table, degrading
from srgan.data.reducing import make_low
from srgan.errors import UsageError
from srgan.images import imresize, list_pictures, read

JPEG = '{ kind = "light", clean = 0, blur = 0, area = 0, grain = 0, compressed = 1, jpeg = [75, 75] }'
NOISE = '{ kind = "light", clean = 0, blur = 0, area = 0, grain = 1, noise = [2, 2], compressed = 0 }'


@pytest.fixture
def high(tmp_path: Path) -> Path:
    """Two equal pictures of different names, one in a folder, and a grey one; 50x43."""
    folder = tmp_path / "high"
    (folder / "sub").mkdir(parents=True)
    soft = imresize(np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8), size=(43, 50))
    for name in ("a.png", "sub/b.png"):
        Image.fromarray(soft).save(folder / name)
    Image.fromarray(soft[..., 0]).save(folder / "grey.png")
    return folder


def make(high: Path, low: Path, *more: str) -> int:
    return run(cli, ["data", "make-lr", str(high), "-o", str(low), *more])


def test_wear_is_that_of_the_table(high: Path, tmp_path: Path) -> None:
    assert make(high, tmp_path / "low", "--degradation", JPEG) == 0
    small = imresize(read(high / "a.png").rgb[:40, :48], scale=0.25)
    path = tmp_path / "pillow.jpg"
    Image.fromarray(small).save(path, quality=75, subsampling="4:2:0")
    found = read(tmp_path / "low" / "a.png").rgb.astype(int)
    assert found.shape == (10, 12, 3)
    assert np.abs(found - read(path).rgb).max() <= 2
    assert np.abs(found - small).max() > 3


def test_it_is_the_same_every_time_and_another_for_every_picture_and_seed(high: Path, tmp_path: Path) -> None:
    for folder, seed in (("one", "0"), ("two", "0"), ("other", "1")):
        assert make(high, tmp_path / folder, "--degradation", NOISE, "--seed", seed) == 0
    one, two, other = (read(tmp_path / folder / "a.png").rgb for folder in ("one", "two", "other"))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, read(tmp_path / "one" / "sub" / "b.png").rgb)
    (high / "grey.png").unlink()
    assert make(high, tmp_path / "fewer", "--degradation", NOISE) == 0
    assert np.array_equal(one, read(tmp_path / "fewer" / "a.png").rgb)


def test_noise_may_colour_a_grey_picture(high: Path, tmp_path: Path) -> None:
    assert make(high, tmp_path / "low", "--degradation", NOISE.replace("}", ", grey = 0 }")) == 0
    grey = read(tmp_path / "low" / "grey.png")
    assert not grey.grey
    assert (grey.rgb[..., 0] != grey.rgb[..., 1]).any()


def test_pictures_of_another_degradation_are_not_taken_for_these(
    high: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    low = tmp_path / "low"
    assert make(high, low) == 0
    assert make(high, low, "--degradation", JPEG) == 3
    assert "a.png is there and was made in another way; use --overwrite or another folder" in capsys.readouterr().err
    assert make(high, low, "--degradation", JPEG, "--overwrite") == 0
    capsys.readouterr()
    assert make(high, low, "--degradation", JPEG) == 0
    assert "0 made, 3 already there, 0 failed" in capsys.readouterr().err


def test_a_name_alone_is_the_kind_with_its_defaults(high: Path, tmp_path: Path) -> None:
    assert make(high, tmp_path / "low", "--degradation", "bicubic") == 0
    plain = imresize(read(high / "a.png").rgb[:40, :48], scale=0.25)
    assert np.array_equal(read(tmp_path / "low" / "a.png").rgb, plain)
    assert degradation_table("light") == degradation_table('{ kind = "light" }')
    assert degradation_table("light")["jpeg"] == (70, 100)


def test_pictures_of_16_bits_are_named(high: Path, tmp_path: Path) -> None:
    deep = np.zeros((32, 32), np.uint16)
    Image.fromarray(deep).save(high / "deep.png")
    reduction = degrading(degradation_table("light"), scale=4)
    failed = list(make_low(list_pictures(high), high, tmp_path / "low", scale=4, reduction=reduction))
    assert [one.source.name for one in failed if one.state == "failed"] == ["deep.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lihgt", "degradation.kind: there is no 'lihgt'; did you mean 'light'"),
        ('{ kind = "light", jpeg = [90, 70] }', "degradation.jpeg: must go from the smaller to the larger"),
        ('{ kind = "light", ', 'write { kind = "light", clean = 0 }'),
        ("{ clean = 0 }", "degradation.kind is missing"),
        ("", "there is no ''"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        degradation_table(text)
    assert message in str(caught.value)
    assert str(caught.value).startswith("--degradation")
