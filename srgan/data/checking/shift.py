"""How far a small picture lies beside the full one, in fractions of a pixel."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHIFTED", "shift"]

Luma = NDArray[np.float32]

SHIFTED = 0.1
"""From this shift on, small pixels, a pair is not aligned: a network would learn to shift."""

_SEARCH = 2
_BORDER = 5
_ROUNDS = 4


def shift(reference: Luma, low: Luma) -> tuple[float, float] | None:
    """Where `low` lies relative to `reference`, (right, down) in pixels.

    The best whole shift up to 2 pixels, then Lucas and Kanade's least squares (1981) on smoothed pictures.

    Args:
        reference: the full picture, reduced without a shift, ``(h, w)``, 0 to 255.
        low: the small picture, ``(h, w)``.

    Returns:
        None where the picture is too small or too smooth to tell.
    """
    if min(low.shape) < 4 * _BORDER:
        return None
    reference, low = _smoothed(reference), _smoothed(low)
    inside = (slice(_BORDER, -_BORDER),) * 2
    whole = range(-_SEARCH, _SEARCH + 1)
    errors = {
        (right, down): float(np.mean(np.abs(np.roll(reference, (down, right), (0, 1))[inside] - low[inside])))
        for right in whole
        for down in whole
    }
    right, down = (float(value) for value in min(errors, key=lambda place: (errors[place], abs(place[0] + place[1]))))
    for _ in range(_ROUNDS):
        moved = _moved(_moved(reference, down).T, right).T
        along, across = np.gradient(moved)[1][inside].ravel(), np.gradient(moved)[0][inside].ravel()
        difference = (low - moved)[inside].ravel()
        matrix = np.stack([along, across, np.ones_like(along)], axis=1).astype(np.float64)
        normal = matrix.T @ matrix / len(matrix)
        if np.linalg.eigvalsh(normal[:2, :2])[0] < 0.1:  # mean squared slope in the flattest direction
            return None
        step = np.linalg.solve(normal, matrix.T @ difference / len(matrix))
        right, down = right - float(step[0]), down - float(step[1])
        if max(abs(right), abs(down)) > _SEARCH + 1:
            return None
    return round(right, 3), round(down, 3)


def _smoothed(luma: Luma) -> Luma:
    for _ in range(2):
        padded = np.pad(luma, ((1, 1), (0, 0)), mode="edge")
        luma = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).astype(np.float32).T
    return luma


def _moved(luma: Luma, down: float) -> Luma:
    """Moved down by a fraction of lines, by cubic interpolation; wraps around."""
    whole = int(np.floor(down))
    t = down - whole
    # Keys' cubic at the four lines around.
    weights = (
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
    total = np.zeros_like(luma)
    for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
        # Line y of the result lies at y - down of the source.
        total += np.float32(weight) * np.roll(luma, whole + offset, axis=0)
    return total
