"""A tiny training on pictures made here."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from srgan.images import imresize
from srgan.networks import Compact
from srgan.training import Trainer
from tests.training.captioned import EMBEDDING, draw_discs
from tests.training.toys import Game, make_trainer


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``train`` and ``valid``: smooth random shapes with edges, 72x80 pixels."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(11)
    for name in ("train/a", "train/b", "train/c", "valid/d"):
        (folder / name).parent.mkdir(exist_ok=True)
        coarse = random.integers(0, 256, (9, 10, 3), np.uint8)
        shapes = imresize(coarse, size=(72, 80)).astype(int) + 90 * (imresize(coarse[::-1], size=(72, 80)) > 128)
        Image.fromarray(np.clip(shapes, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="session")
def tiny_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``train``: three pictures each of two classes, 40x40 pixels."""
    folder = tmp_path_factory.mktemp("tiny")
    random = np.random.default_rng(3)
    for name in ("cat/a", "cat/b", "cat/c", "dog/a", "dog/b", "dog/c"):
        path = folder / "train" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (4, 4, 3), np.uint8)).resize((40, 40)).save(path)
    return folder


@pytest.fixture
def run_file(pictures: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``runs/tiny.toml`` with its pictures in place."""
    monkeypatch.setenv("SRGAN_DATA", str(pictures))
    return repository / "runs" / "tiny.toml"


@pytest.fixture
def gan_file(run_file: Path) -> Path:
    """``runs/tiny_gan.toml``: a fidelity stage of 8 steps, an adversarial one of 12."""
    return run_file.with_name("tiny_gan.toml")


@pytest.fixture(scope="session")
def fidelity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the tiny network, to begin the adversarial stage with."""
    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("weights") / "fidelity.safetensors"
    save_file(Compact(scale=2, channels=16, blocks=1).state_dict(), path)
    return path


@pytest.fixture
def game(gan_file: Path, fidelity: Path, tmp_path: Path) -> Game:
    """Makes trainers that begin with the adversarial stage."""
    count = iter(range(100))

    def make(*overrides: str) -> Trainer:
        trainer = make_trainer(
            gan_file, tmp_path / f"game{next(count)}", f"init={{weights='{fidelity}', stage='adversarial'}}", *overrides
        )
        trainer._begin()
        return trainer

    return make


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``target``: six pictures of 24x20 pixels with transparent corners; ``source``: the same in grey."""
    folder = tmp_path_factory.mktemp("pairs")
    random = np.random.default_rng(5)
    for side in ("source", "target"):
        (folder / side).mkdir()
    for name in "abcdef":
        colour = np.asarray(Image.fromarray(random.integers(0, 256, (4, 4, 3), np.uint8)).resize((24, 20)))
        alpha = np.full((20, 24, 1), 255, np.uint8)
        alpha[:6, :6] = 0
        grey = np.repeat(colour.mean(2, keepdims=True).astype(np.uint8), 3, 2)
        for side, picture in (("source", grey), ("target", colour)):
            Image.fromarray(np.concatenate([picture, alpha], 2)).save(folder / side / f"{name}.png")
    return folder


@pytest.fixture
def paired_file(pairs: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``runs/tiny_translation.toml`` with its pictures in place."""
    monkeypatch.setenv("SRGAN_DATA", str(pairs))
    return repository / "runs" / "tiny_translation.toml"


@pytest.fixture
def words_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run file of a joint embedding of discs and their names."""
    draw_discs(tmp_path)
    monkeypatch.setenv("SRGAN_DATA", str(tmp_path))
    file = tmp_path / "words.toml"
    file.write_text(EMBEDDING)
    return file
