"""A result in bands from top to bottom, begun anew in fp32 where the network's arithmetic was too coarse."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from srgan.errors import PictureError, UsageError
from srgan.runtime.pixels import Pixels
from srgan.runtime.session import NonFiniteError
from srgan.runtime.upscaler import Upscaler

__all__ = ["Band", "bands", "not_finite", "recomputed"]


class Band(NamedTuple):
    """Some rows of a result.

    Attributes:
        top: its first row. 0 a second time: everything begins anew, and what came before is void.
        pixels: ``(rows, W[, 3])``.
        notes: for people, about everything from here on.
    """

    top: int
    pixels: Pixels
    notes: tuple[str, ...] = ()


def bands(upscaler: Upscaler, exactly: Callable[[], Upscaler], image: Pixels, rows: int) -> Iterator[Band]:
    """Enlarge a picture by the network's scale, band by band.

    Args:
        upscaler: what runs.
        exactly: the same in fp32, for when values that are not finite come out.
        image: as for `Upscaler.run`.
        rows: of a band; the last one may have fewer.

    Raises:
        PictureError: ``"oom"`` or ``"non_finite"``.
    """
    try:
        yield from _numbered(upscaler.bands(image, rows), rows, ())
    except NonFiniteError:
        if upscaler.session.precision == "fp32":
            raise not_finite() from None
        try:
            exact = exactly()
            yield from _numbered(exact.bands(image, rows), rows, (recomputed(upscaler.session.precision),))
        except (NonFiniteError, UsageError):
            raise not_finite() from None


def _numbered(parts: Iterator[Pixels], rows: int, notes: tuple[str, ...]) -> Iterator[Band]:
    for number, part in enumerate(parts):
        yield Band(number * rows, part, notes)


def recomputed(precision: str) -> str:
    """What people are told when a precision did not do."""
    return f"computed again in fp32: {precision} gave values that are not finite"


def not_finite() -> PictureError:
    """The failure of a picture with which fp32 does not cope either."""
    return PictureError("non_finite", "the model computed values that are not finite numbers")
