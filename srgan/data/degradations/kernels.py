"""Blur kernels of Real-ESRGAN (arXiv 2107.10833, section 3.2): Gaussians, their relatives, and the sinc filter."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from srgan.data.degradations.rounds import Round

__all__ = ["SHAPES", "bell", "draw_kernel", "draw_sinc", "sinc"]

Kernel = NDArray[np.float64]

SHAPES = ("iso", "aniso", "generalised_iso", "generalised_aniso", "plateau_iso", "plateau_aniso")
"""Kinds of bells, in the order of their probabilities."""


def bell(size: int, sigma: tuple[float, float], angle: float = 0.0, *, shape: str = "iso", beta: float = 1.0) -> Kernel:
    """A kernel around the centre, its sum 1.

    With the form q = x' S^-1 x of the covariance S: Gaussian exp(-q / 2), generalised exp(-q^beta / 2), plateau
    1 / (1 + q^beta).

    Args:
        size: side in pixels, odd.
        sigma: standard deviations along the two axes, pixels.
        angle: of the first axis, radians.
        shape: one of `SHAPES`; of its name only the part before the underscore matters here.
        beta: exponent of the last two.
    """
    along = np.arange(size, dtype=np.float64) - (size - 1) / 2
    x, y = np.meshgrid(along, along)
    first, second = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    form = (first / sigma[0]) ** 2 + (second / sigma[1]) ** 2
    if shape.startswith("plateau"):
        kernel = 1 / (1 + form**beta)
    elif shape.startswith("generalised"):
        kernel = np.exp(-0.5 * form**beta)
    else:
        kernel = np.exp(-0.5 * form)
    return np.asarray(kernel / kernel.sum())


def sinc(size: int, cutoff: float) -> Kernel:
    """The circular low-pass filter w J1(w r) / (2 pi r) of cutoff frequency w (radians a pixel), its sum 1.

    It rings, as over-sharpened and strongly compressed pictures do.
    """
    along = np.arange(size, dtype=np.float64) - (size - 1) / 2
    radius = np.hypot(*np.meshgrid(along, along))
    centre = radius == 0
    safe = np.where(centre, 1.0, radius)
    bessel = torch.special.bessel_j1(torch.from_numpy(cutoff * safe)).numpy()
    kernel = np.where(centre, cutoff**2 / (4 * np.pi), cutoff * bessel / (2 * np.pi * safe))
    return np.asarray(kernel / kernel.sum())


def draw_kernel(random: np.random.Generator, blur: Round) -> Kernel:
    """One kernel of a round; exponents below and above 1 are equally frequent, as in the original."""
    size = int(random.choice(blur.sizes))
    if random.random() < blur.sinc:
        return sinc(size, random.uniform(np.pi / 3 if size < 13 else np.pi / 5, np.pi))
    shape = str(random.choice(SHAPES, p=np.divide(blur.shapes, sum(blur.shapes))))
    first, second = random.uniform(*blur.sigma, size=2)
    angle = random.uniform(-np.pi, np.pi)
    low, high = blur.plateau if shape.startswith("plateau") else blur.generalised
    beta = random.uniform(low, 1) if random.random() < 0.5 else random.uniform(1, high)
    round_one = not shape.endswith("aniso")
    return bell(size, (first, first if round_one else second), 0.0 if round_one else angle, shape=shape, beta=beta)


def draw_sinc(random: np.random.Generator, sizes: Sequence[int]) -> Kernel:
    """A sinc filter as the last step has it."""
    return sinc(int(random.choice(sizes)), random.uniform(np.pi / 3, np.pi))
