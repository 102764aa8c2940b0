"""Folders of small pictures, and a model for them."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.runtime.networks import described

NAMES = ("a.png", "b.jpg", "sub/c.png", "sub/deep/d.webp", "e ü 文.tif")


def make_model(path: Path, *, scale: int = 2, seed: int = 0) -> Path:
    """A small network as a file."""
    path.write_bytes(described(scale, 3, name=path.stem, seed=seed))
    return path


def make_pictures(folder: Path, names: tuple[str, ...] = NAMES, *, side: int = 24) -> Path:
    """Smooth pictures of different sizes, each with its own colours."""
    for number, name in enumerate(names):
        y, x = np.mgrid[: side + number, : side + 2 * number] / (2.0 * side)
        values = np.stack([x, y, (x + y + number / len(names)) % 1], axis=2)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(255 * values.clip(0, 1)).astype(np.uint8)).save(path)
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Every visible file below a folder with its sha256."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def leftovers(folder: Path) -> list[Path]:
    """Temporaries and locks below a folder."""
    return sorted(path for path in folder.rglob(".srgan*") if not path.name.startswith(".srgan-journal.sqlite"))
