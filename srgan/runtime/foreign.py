"""Finding out what a model of somebody else does, by running it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError
from srgan.runtime.session import Session

__all__ = ["Halo", "find_scale", "measure_halo"]

_SCALES = (1, 2, 3, 4, 8)
_MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
_PROBE_SIDE = 64
_HALOS = (8, 16, 24, 32, 48, 64, 96)
_CENTRE = 32
_EXACT, _INVISIBLE = 0.01 / 255, 0.25 / 255


@dataclass(frozen=True)
class Halo:
    """A measured halo: its width in input pixels, and the largest difference it leaves, on the scale [0, 1]."""

    width: int
    error: float


def find_scale(session: Session, fixed: tuple[int, int] | None) -> tuple[int, int]:
    """The scale of a network, and what the sides of its input must be a multiple of.

    Args:
        session: the network.
        fixed: the only input ``(height, width)`` of the file, or None.

    Raises:
        ModelError: it is no super-resolution network of scale 1, 2, 3, 4 or 8.
    """
    height, width = fixed or (_PROBE_SIDE, _PROBE_SIDE)
    output = session.run(np.full((1, 3, height, width), 0.5, np.float32))
    scale = output.shape[-1] // width
    if output.shape != (1, 3, height * scale, width * scale) or scale not in _SCALES:
        raise ModelError(
            "not a super-resolution model of scale 1, 2, 3, 4 or 8: "
            f"it makes {output.shape} of (1, 3, {height}, {width})"
        )
    if fixed is not None:
        return scale, 1
    for multiple in _MULTIPLES:
        side = _PROBE_SIDE + multiple
        try:
            output = session.run(np.full((1, 3, side, side), 0.5, np.float32))
        except ModelError:
            continue
        if output.shape == (1, 3, side * scale, side * scale):
            return scale, multiple
    raise ModelError("the model runs on no picture of another size than 64 x 64")


def measure_halo(session: Session, scale: int, multiple_of: int = 1) -> Halo:
    """The least halo after which the surroundings of a tile do not matter.

    The middle of a noise picture is computed from the whole picture and from cut-outs with growing margins.

    Returns:
        The least width with an error below 0.01 of an 8-bit level; else the least below a quarter of a level; else
        the widest tried.
    """
    step = np.lcm(8, multiple_of)
    halos = sorted({int(-(-halo // step) * step) for halo in _HALOS})
    centre = int(-(-_CENTRE // step) * step)
    side = centre + 2 * (halos[-1] + int(step))
    picture = _texture(side)
    middle = slice((side - centre) // 2 * scale, (side + centre) // 2 * scale)
    whole = session.run(picture)[:, :, middle, middle]
    tried = []
    for halo in halos:
        cut = slice((side - centre) // 2 - halo, (side + centre) // 2 + halo)
        inner = slice(halo * scale, (halo + centre) * scale)
        output = session.run(np.ascontiguousarray(picture[:, :, cut, cut]))[:, :, inner, inner]
        tried.append(Halo(halo, float(np.abs(output - whole).max())))
        if tried[-1].error <= _EXACT:
            return tried[-1]
    return next((halo for halo in tried if halo.error <= _INVISIBLE), tried[-1])


def _texture(side: int) -> NDArray[np.float32]:
    """Noise at several sizes, ``(1, 3, side, side)`` in [0, 1]."""
    rng = np.random.default_rng(20)
    total = np.zeros((3, side, side))
    for block in (1, 4, 16):
        coarse = rng.random((3, -(-side // block), -(-side // block)))
        total += coarse.repeat(block, axis=1).repeat(block, axis=2)[:, :side, :side]
    return (total / 3)[None].astype(np.float32)
