"""``srgan train --new``: a run file for the pictures of a folder."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.training import Trainer, check_run, load_run


def save(path: Path, width: int, height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8))
    picture.save(path, format="PNG")


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_pairs_tell_the_scale(scale: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the folders are called; what HR has more than a multiple is allowed, and so is the suffix of DIV2K."""
    for number in range(3):
        save(Path(f"My Pairs/b/{number}.png"), scale * (40 + number) + 1, scale * 32)
        save(Path(f"My Pairs/a/{number}x{scale}.png"), 40 + number, 32)
    save(Path("My Pairs/b/alone.png"), 400, 320)
    assert run(cli, ["train", "--new", "My Pairs"]) == 0
    out, said = capsys.readouterr()
    assert out == "my-pairs.toml\n"
    assert f"3 pairs, x{scale}" in said
    text = Path("my-pairs.toml").read_text(encoding="utf-8")
    assert "without a partner, take them away: 1" in text
    assert "without a partner of the same name: 1;" in said
    assert "these are few" in said
    tables = tomllib.loads(text)
    assert (tables["data"]["high"], tables["data"]["low"]) == ("My Pairs/b", "My Pairs/a")
    assert (tables["generator"]["scale"], tables["data"]["patch"]) == (scale, 32)
    Path("My Pairs/b/alone.png").unlink()
    assert check_run(load_run(Path("my-pairs.toml"), ("train.batch=1",))).pictures == 3


def test_pictures_alone_and_some_for_validation(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        save(Path(f"photos/train/{number}.png"), 300, 200 + number)
    save(Path("photos/val/7.png"), 100, 90)
    assert run(cli, ["train", "--new", "photos", "mine.toml"]) == 0
    assert "3 pictures, small ones made by bicubic; 1 for validation" in capsys.readouterr().err
    tables = tomllib.loads(Path("mine.toml").read_text(encoding="utf-8"))
    assert tables["data"]["high"] == "photos/train"
    assert tables["validation"]["high"] == "photos/val"
    assert tables["generator"]["scale"] == 4
    assert load_run(Path("mine.toml")).steps == 20000


def test_it_begins_with_the_packaged_model_of_its_scale(capsys: pytest.CaptureFixture[str]) -> None:
    """All tensors fit: the file has the network of the model. At other scales there is none to begin with."""
    save(Path("photos/train/1.png"), 200, 200)
    save(Path("halves/a/1.png"), 200, 200)
    save(Path("halves/b/1.png"), 100, 100)
    assert run(cli, ["train", "--new", "photos"]) == run(cli, ["train", "--new", "halves"]) == 0
    assert "init" not in tomllib.loads(Path("halves.toml").read_text(encoding="utf-8"))
    small = ("train.steps=1", "train.batch=1", "train.warmup=0", "data.patch=8")
    Trainer(load_run(Path("photos.toml"), small)).train()
    assert "starting from x4-fidelity: 46 of 46 tensors loaded" in capsys.readouterr().err


def test_without_validation_the_file_says_how_to_get_one() -> None:
    save(Path("one\nodd 'name'/a.png"), 200, 150)
    assert run(cli, ["train", "--new", "one\nodd 'name'"]) == 0
    run_file = load_run(Path("one-odd-name.toml"))
    assert run_file.model_dump()["validation"] is None
    assert "to \"one\\nodd 'name'/valid\"" in Path("one-odd-name.toml").read_text(encoding="utf-8")


def test_a_file_that_is_there_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    save(Path("photos/a.png"), 200, 150)
    Path("photos.toml").write_text("mine", encoding="utf-8")
    assert run(cli, ["train", "--new", "photos"]) == 2
    assert "photos.toml is already there" in capsys.readouterr().err
    assert Path("photos.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"p/a/1.png": (64, 64), "p/b/1.png": (64, 64)}, "that is a translation"),
        ({"p/1.png": (31, 200)}, "the smallest picture is 31x200; at x4 crops need at least 32 pixels"),
        ({"q/1.png": (64, 64)}, "the folder p is not there"),
        ({"p": (64, 64)}, "p is a file; give the folder"),
        (
            {"p/a/1.png": (40, 40), "p/a/2.png": (40, 40), "p/b/1.png": (80, 80), "p/b/2.png": (120, 120)},
            "not of one factor that can be trained: 1.png 80x80 of 40x40, 2.png 120x120 of 40x40; a training needs",
        ),
        ({"p/a/1.png": (40, 40), "p/b/1.png": (100, 100)}, "that can be trained: 1.png 100x100 of 40x40"),
    ],
)
def test_what_is_no_training(
    sizes: dict[str, tuple[int, int]], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, size in sizes.items():
        save(Path(name), *size)
    assert run(cli, ["train", "--new", "p"]) == 2
    assert message in capsys.readouterr().err
    assert not Path("p.toml").exists()


def test_an_unreadable_picture_makes_no_pictures_of_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        save(Path(f"p/high/{number}.png"), 160, 160)
        save(Path(f"p/low/{number}.png"), 40, 40)
    Path("p/high/1.png").write_bytes(b"damaged")
    assert run(cli, ["train", "--new", "p"]) == 0
    data = tomllib.loads(Path("p.toml").read_text(encoding="utf-8"))["data"]
    assert (data["high"], data["low"]) == ("p/high", "p/low")
    save(Path("p/high/2.png"), 100, 100)
    Path("p.toml").unlink()
    assert run(cli, ["train", "--new", "p"]) == 2
    assert "2.png 100x100 of 40x40" in capsys.readouterr().err


def test_albums_with_the_same_names_are_pictures() -> None:
    """Cameras number from one again; such folders are no pairs unless every picture has a larger partner."""
    for album, sizes in (("p/a", [(90, 60), (60, 90)]), ("p/b", [(60, 90), (90, 60)])):
        for number, size in enumerate(sizes):
            save(Path(f"{album}/{number}.png"), *size)
    assert run(cli, ["train", "--new", "p"]) == 0
    assert tomllib.loads(Path("p.toml").read_text(encoding="utf-8"))["data"]["high"] == "p"


def test_pairs_without_validation_are_told_where_to_put_them() -> None:
    save(Path("p/high/1.png"), 80, 80)
    save(Path("p/low/1.png"), 20, 20)
    assert run(cli, ["train", "--new", "p"]) == 0
    text = Path("p.toml").read_text(encoding="utf-8")
    assert '# to "p/valid/high" and "p/valid/low", the others to "p/train/high" and "p/train/low", remove' in text
    # The commented table is right once its marks are gone.
    shown = text[text.index("# [validation]") : text.index("[checkpoint]")].replace("# ", "")
    assert tomllib.loads(shown)["validation"] == {"high": "p/valid/high", "low": "p/valid/low", "every": 500}


def test_a_folder_is_no_run_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p").mkdir()
    assert run(cli, ["train", "p"]) == 2
    assert "have one written: srgan train --new p" in capsys.readouterr().err


def test_only_what_goes_with_it() -> None:
    save(Path("p/1.png"), 64, 64)
    assert run(cli, ["train", "--new", "p", "--check"]) == 2
