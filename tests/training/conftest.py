"""A tiny training on pictures made here."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.images import imresize


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


@pytest.fixture
def run_file(pictures: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``runs/tiny.toml`` with its pictures in place."""
    monkeypatch.setenv("SRGAN_DATA", str(pictures))
    return repository / "runs" / "tiny.toml"


@pytest.fixture
def gan_file(run_file: Path) -> Path:
    """``runs/tiny_gan.toml``: a fidelity stage of 8 steps, an adversarial one of 12."""
    return run_file.with_name("tiny_gan.toml")
