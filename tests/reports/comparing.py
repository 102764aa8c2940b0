"""A small comparison that tests of the page look at."""

from pathlib import Path

import numpy as np

from srgan.images import imresize
from srgan.reports import ComparedPicture, Comparison

__all__ = ["MODELS", "compared", "write"]

MODELS = ("plain", "<b>sharp</b> & 'x'")


def compared(name: str, seed: int, *, truth: bool = True) -> ComparedPicture:
    """A picture of 96x72, twice as large as the small one, by two models of which one inverts a square."""
    small = np.random.default_rng(seed).integers(0, 256, (36, 48, 3), np.uint8)
    plain = imresize(small, scale=2)
    sharp = plain.copy()
    sharp[20:30, 50:60] = 255 - sharp[20:30, 50:60]
    scores: dict[str, dict[str, float | None]] = {
        MODELS[0]: {"psnr_y": 31.257, "lpips": None, "consistency": float("inf")},
        MODELS[1]: {"psnr_y": 29.5, "lpips": None, "consistency": 40.0},
    }
    results = dict(zip(MODELS, (plain, sharp), strict=True))
    return ComparedPicture(name, results, small, plain[::-1].copy() if truth else None, scores)


def write(path: Path, *, count: int = 3) -> Path:
    """A page about so many pictures."""
    page = Comparison(path, side=24)
    for seed in range(count):
        page.add(compared(f"</script>{seed}.png", seed))
    means = {model: {"psnr_y": value, "lpips": None} for model, value in zip(MODELS, (31.257, 29.5), strict=True)}
    return page.write("A & B", means=means, notes=["Protocol: <none>."])
