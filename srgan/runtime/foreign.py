"""Finding out what a model of somebody else does, by running it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError
from srgan.runtime.session import Session

__all__ = ["INVISIBLE", "Halo", "exact_halo", "find_scale", "measure_halo"]

INVISIBLE = 0.25 / 255
"""A difference that nobody sees, on the scale [0, 1]."""

_SCALES = (1, 2, 3, 4, 8)
_MULTIPLES: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
_PROBE_SIDE, _LARGE_PROBE_SIDE = 64, 256
_HALOS = (8, 16, 24, 32, 48, 64, 96)
_CENTRE = 32
_EXACT = 0.01 / 255


@dataclass(frozen=True)
class Halo:
    """A measured halo: its width in input pixels, and the largest difference it leaves, on the scale [0, 1]."""

    width: int
    error: float


def find_scale(
    session: Session, fixed: tuple[int, int] | None, noise: NDArray[np.float32] | None = None
) -> tuple[int, int]:
    """The scale of a network, and what the sides of its input must be a multiple of.

    Args:
        session: the network.
        fixed: the only input ``(height, width)`` of the file, or None.
        noise: ``(1, latent)`` for a network that takes it.

    Raises:
        ModelError: it is no picture-to-picture network of scale 1, 2, 3, 4 or 8.
    """
    if fixed is not None:
        return _scale(session, fixed, noise), 1
    try:
        probe, multiples = _PROBE_SIDE, _MULTIPLES
        scale = _scale(session, (probe, probe), noise)
    except ModelError:
        # Networks that halve a picture eight times need more.
        probe, multiples = _LARGE_PROBE_SIDE, (*_MULTIPLES, 128, 256)
        scale = _scale(session, (probe, probe), noise)
    for multiple in multiples:
        try:
            if _scale(session, (probe + multiple, probe + multiple), noise) == scale:
                return scale, multiple
        except ModelError:
            continue
    raise ModelError(f"the model runs on no picture of another size than {probe} x {probe}")


def _scale(session: Session, size: tuple[int, int], noise: NDArray[np.float32] | None) -> int:
    height, width = size
    output = session.run(np.full((1, 3, height, width), 0.5, np.float32), noise)
    scale: int = output.shape[-1] // width
    if output.shape != (1, 3, height * scale, width * scale) or scale not in _SCALES:
        raise ModelError(
            "not a picture-to-picture model of scale 1, 2, 3, 4 or 8: "
            f"it makes {output.shape} of (1, 3, {height}, {width})"
        )
    return scale


def measure_halo(session: Session, scale: int, multiple_of: int = 1, noise: NDArray[np.float32] | None = None) -> Halo:
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
    whole = session.run(picture, noise)[:, :, middle, middle]
    tried = []
    for halo in halos:
        cut = slice((side - centre) // 2 - halo, (side + centre) // 2 + halo)
        inner = slice(halo * scale, (halo + centre) * scale)
        output = session.run(np.ascontiguousarray(picture[:, :, cut, cut]), noise)[:, :, inner, inner]
        tried.append(Halo(halo, float(np.abs(output - whole).max())))
        if tried[-1].error <= _EXACT:
            return tried[-1]
    return next((halo for halo in tried if halo.error <= INVISIBLE), tried[-1])


def exact_halo(session: Session, scale: int, multiple_of: int = 1) -> int | None:
    """The least halo that leaves less than 0.01 of an 8-bit level; None where none of those tried does."""
    halo = measure_halo(session, scale, multiple_of)
    return halo.width if halo.error <= _EXACT else None


def _texture(side: int) -> NDArray[np.float32]:
    """Noise at several sizes, ``(1, 3, side, side)`` in [0, 1]."""
    rng = np.random.default_rng(20)
    total = np.zeros((3, side, side))
    for block in (1, 4, 16):
        coarse = rng.random((3, -(-side // block), -(-side // block)))
        total += coarse.repeat(block, axis=1).repeat(block, axis=2)[:, :side, :side]
    return (total / 3)[None].astype(np.float32)
