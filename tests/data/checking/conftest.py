"""Pictures that look like photographs enough for the checks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from srgan.images import imresize

Pixels = NDArray[np.uint8]
MakePicture = Callable[..., Pixels]
Save = Callable[..., Path]


@pytest.fixture(scope="session")
def made() -> MakePicture:
    """Makes a picture by its number: soft shapes, edges, and a little grain."""

    def make(number: int, height: int = 240, width: int = 256) -> Pixels:
        random = np.random.default_rng(number)
        soft = imresize(random.integers(0, 256, (5, 6, 3), np.uint8), size=(height, width)).astype(float)
        edges = 90.0 * (imresize(random.integers(0, 256, (16, 15, 1), np.uint8), size=(height, width)) > 128)
        grain = random.normal(0, 3, (height, width, 3))
        return np.clip(0.6 * soft + edges + grain + 10, 0, 255).astype(np.uint8)

    return make


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes pixels under a name in the test's folder."""

    def write(name: str, pixels: Pixels, **options: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
        return path

    return write
