"""Pictures to measure with, made of the examples or of photographs that one has."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["make_folder", "make_small", "mosaic"]

EXAMPLES = Path(__file__).parents[1] / "examples"
_SUFFIXES = {".avif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def mosaic(size: tuple[int, int]) -> Image.Image:
    """The example pictures side by side, again and again: something that compresses as photographs do."""
    tiles = []
    for path in _found(EXAMPLES):
        with Image.open(path) as example:
            tiles.append(np.asarray(example.convert("RGB").resize((500, 500))))
    down, across = -(-size[1] // 500), -(-size[0] // 500)
    rows = [np.concatenate([tiles[(row + column) % len(tiles)] for column in range(across)], 1) for row in range(down)]
    return Image.fromarray(np.ascontiguousarray(np.concatenate(rows)[: size[1], : size[0]]))


def make_folder(folder: Path, count: int, megapixels: tuple[float, float], photos: Path | None) -> float:
    """Photographs of very different sizes as JPEG files; returns how many megapixels they have together.

    Args:
        folder: for the files.
        count: of the files.
        megapixels: of the smallest and of the largest; the others lie between them in equal steps of the exponent.
        photos: a folder of photographs, which are brought to the sizes with their sides in proportion; None takes the
            examples.
    """
    folder.mkdir()
    found = _found(photos or EXAMPLES)
    total = 0.0
    for number, wanted in enumerate(np.geomspace(*megapixels, count)):
        with Image.open(found[number % len(found)]) as photo:
            factor = (wanted * 1e6 / (photo.width * photo.height)) ** 0.5
            size = (max(1, round(photo.width * factor)), max(1, round(photo.height * factor)))
            photo.convert("RGB").resize(size).save(folder / f"{number:02}.jpg", quality=92)
        total += size[0] * size[1] / 1e6
    return total


def make_small(folder: Path, count: int, side: int) -> None:
    """Squares cut out of the mosaic, as PNG files."""
    folder.mkdir()
    across = 40
    source = mosaic((across * side, -(-count // across) * side))
    for number in range(count):
        left, top = number % across * side, number // across * side
        source.crop((left, top, left + side, top + side)).save(folder / f"{number:04}.png")


def _found(folder: Path) -> Sequence[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise SystemExit(f"no pictures in {folder}")
    return found
